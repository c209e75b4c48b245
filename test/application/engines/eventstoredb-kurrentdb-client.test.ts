import { comparesOnFake } from './eventstoredb-on.ts'

comparesOnFake('kurrentdb-client')

import { comparesOnFake } from './eventstoredb-on.ts'

comparesOnFake('db-client')

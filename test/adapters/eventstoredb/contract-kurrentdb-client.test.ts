import { contractOnFake } from './contract-on-fake.ts'

contractOnFake('kurrentdb-client')

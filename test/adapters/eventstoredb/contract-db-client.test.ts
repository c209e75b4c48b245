import { contractOnFake } from './contract-on-fake.ts'

contractOnFake('db-client')

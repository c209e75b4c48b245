import { contractOnUsedFake } from './contract-on-fake.ts'

contractOnUsedFake('db-client')

import { contractOnUsedFake } from './contract-on-fake.ts'

contractOnUsedFake('kurrentdb-client')

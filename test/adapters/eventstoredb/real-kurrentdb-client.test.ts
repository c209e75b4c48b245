import { contractOnServer } from './contract-on-server.ts'

contractOnServer('kurrentdb-client')

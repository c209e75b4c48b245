import { contractOnServer } from './contract-on-server.ts'

contractOnServer('db-client')

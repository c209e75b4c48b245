import { trapsOnFake } from './traps-on-fake.ts'

trapsOnFake('db-client')

import { trapsOnFake } from './traps-on-fake.ts'

trapsOnFake('kurrentdb-client')

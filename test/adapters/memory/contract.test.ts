import { describe, expect, it } from 'vitest'
import { memory } from '../../../src/adapters/memory/index.ts'
import { storeContract } from '../../../src/testing/contracts/index.ts'

storeContract(
  { describe, it, expect },
  { name: 'memory', persistent: false, appendsAll: true, checksPremises: true, open: async () => memory() },
)

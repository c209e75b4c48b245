import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { differential } from '../differential.ts'

differential(async () => sqlite(':memory:'), { runs: 200 })

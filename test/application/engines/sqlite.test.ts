import { describe } from 'vitest'
import { engines } from '../desk.ts'
import { comparesWithMemory } from './comparison.ts'

describe('sqlite', () => comparesWithMemory(engines['sqlite']!))

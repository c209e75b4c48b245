import { describe } from 'vitest'
import { discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import { afterwards } from '../desk.ts'
import { comparesWithMemory } from './comparison.ts'

let places = 0

describe('postgres', () =>
  comparesWithMemory(async () => {
    const place = `comparison_${process.pid}_${(places += 1)}`
    afterwards(() => discardPlace(place))
    return openPlace(place)
  }))

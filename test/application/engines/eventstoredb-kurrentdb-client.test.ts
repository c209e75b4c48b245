import { discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import { afterwards } from '../desk.ts'
import { comparesOnFake } from './eventstoredb-on.ts'

let places = 0

// Views, leases and the rest on PostgreSQL, as several processes on a cluster have them.
comparesOnFake('kurrentdb-client', () => {
  const place = `comparison_state_${process.pid}_${(places += 1)}`
  afterwards(() => discardPlace(place))
  return openPlace(place)
})

import { discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import { afterwards } from '../desk.ts'
import { comparesOnFake, nothingButTheCluster } from './eventstoredb-on.ts'

let places = 0

// By turns: nothing but the cluster, and the rest on PostgreSQL, as several processes on a cluster have it.
comparesOnFake('kurrentdb-client', () => {
  places += 1
  if (places % 2 === 0) return nothingButTheCluster()
  const place = `comparison_state_${process.pid}_${places}`
  afterwards(() => discardPlace(place))
  return openPlace(place)
})

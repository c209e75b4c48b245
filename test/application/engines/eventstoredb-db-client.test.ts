import { comparesOnFake, nothingButTheCluster } from './eventstoredb-on.ts'

comparesOnFake('db-client', nothingButTheCluster)

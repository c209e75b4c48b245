import {
  access,
  anchors,
  channels,
  commandKeys,
  customers,
  deadlines,
  deliveries,
  followUps,
  inbox,
  intakeBalance,
  messageIndex,
  missed,
  outbox,
  pendingConversions,
  quarantine,
  tickets,
  transcript,
} from '../../projections/index.ts'
import type { Projection } from '../../projections/projection.ts'
import type { Views } from '../ports/views.ts'
import { type ViewReader, viewReader } from './view-reader.ts'
import type { ViewRunner } from './view-runner.ts'

type ReaderOf<Projected> = Projected extends Projection<never, infer Document> ? ViewReader<Document> : never

/** The views that the desk reads. */
export interface Readers {
  readonly access: ReaderOf<typeof access>
  readonly anchors: ReaderOf<typeof anchors>
  readonly channels: ReaderOf<typeof channels>
  readonly commandKeys: ReaderOf<typeof commandKeys>
  readonly customers: ReaderOf<typeof customers>
  readonly deadlines: ReaderOf<typeof deadlines>
  readonly deliveries: ReaderOf<typeof deliveries>
  readonly followUps: ReaderOf<typeof followUps>
  readonly inbox: ReaderOf<typeof inbox>
  readonly intakeBalance: ReaderOf<typeof intakeBalance>
  readonly messageIndex: ReaderOf<typeof messageIndex>
  readonly missed: ReaderOf<typeof missed>
  readonly outbox: ReaderOf<typeof outbox>
  readonly pendingConversions: ReaderOf<typeof pendingConversions>
  readonly quarantine: ReaderOf<typeof quarantine>
  readonly tickets: ReaderOf<typeof tickets>
  readonly transcript: ReaderOf<typeof transcript>
}

export const createReaders = (views: Views, runner: ViewRunner): Readers => ({
  access: viewReader(views, runner, access),
  anchors: viewReader(views, runner, anchors),
  channels: viewReader(views, runner, channels),
  commandKeys: viewReader(views, runner, commandKeys),
  customers: viewReader(views, runner, customers),
  deadlines: viewReader(views, runner, deadlines),
  deliveries: viewReader(views, runner, deliveries),
  followUps: viewReader(views, runner, followUps),
  inbox: viewReader(views, runner, inbox),
  intakeBalance: viewReader(views, runner, intakeBalance),
  messageIndex: viewReader(views, runner, messageIndex),
  missed: viewReader(views, runner, missed),
  outbox: viewReader(views, runner, outbox),
  pendingConversions: viewReader(views, runner, pendingConversions),
  quarantine: viewReader(views, runner, quarantine),
  tickets: viewReader(views, runner, tickets),
  transcript: viewReader(views, runner, transcript),
})

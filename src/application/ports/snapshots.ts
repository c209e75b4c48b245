/** A folded state at one revision. Dropped freely: it only saves reading. */
export interface Snapshot {
  readonly revision: number
  readonly position: string
  /** Name and version of the fold that made it; another one ignores it. */
  readonly fold: string
  /** JSON text, under 64 KiB. */
  readonly state: string
}

export interface Snapshots {
  load(stream: string): Promise<Snapshot | undefined>
  /** Keeps the one of the higher revision. */
  save(stream: string, snapshot: Snapshot): Promise<void>
}

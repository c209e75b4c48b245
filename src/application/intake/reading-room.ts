/**
 * Bytes of request bodies that one desk keeps while they arrive: four of the largest. A signature is over the whole body, so a
 * body with a false one is kept until its end, and only this bound says how much all of them take together.
 */
export const MAX_BYTES_BEING_READ: number = 64 * 1024 * 1024

/**
 * Bounds the memory of bodies that are being read at the same time. Where a piece does not fit, the largest body is given up:
 * many large unfinished bodies cost each other their place, and a small one always gets in.
 */
export class ReadingRoom {
  readonly #limit: number
  readonly #bodies = new Set<ArrivingBody>()
  #bytes = 0

  constructor(limit: number = MAX_BYTES_BEING_READ) {
    this.#limit = limit
  }

  /** Bytes that are kept now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Registers a body of at most `limit` bytes. `giveUp` is called when it loses its place, at most once. */
  enter(limit: number, giveUp: () => void): ArrivingBody {
    const body = new ArrivingBody(
      limit,
      giveUp,
      (bytes) => this.#hasRoom(body, bytes),
      () => this.#remove(body),
    )
    this.#bodies.add(body)
    return body
  }

  #hasRoom(body: ArrivingBody, bytes: number): boolean {
    if (!this.#bodies.has(body)) return false
    body.reserved += bytes
    this.#bytes += bytes
    while (this.#bytes > this.#limit) {
      const largest = [...this.#bodies].reduce((one, other) => (other.reserved > one.reserved ? other : one))
      largest.leave()
      largest.giveUp()
    }
    return this.#bodies.has(body)
  }

  #remove(body: ArrivingBody): void {
    if (this.#bodies.delete(body)) this.#bytes -= body.reserved
  }
}

/**
 * The bytes of a body so far. They are copied into one buffer that grows: a piece may be one byte of a chunk of 64 KiB, and a list
 * of such pieces takes a hundred times what it holds.
 */
export class ArrivingBody {
  /** Bytes of the room that are taken. */
  reserved = 0
  readonly giveUp: () => void
  readonly #limit: number
  readonly #hasRoom: (bytes: number) => boolean
  readonly #remove: () => void
  #buffer = new Uint8Array()
  #size = 0

  constructor(limit: number, giveUp: () => void, hasRoom: (bytes: number) => boolean, remove: () => void) {
    this.#limit = limit
    this.giveUp = giveUp
    this.#hasRoom = hasRoom
    this.#remove = remove
  }

  /** Adds a piece. False: it is too much. A body that lost its place keeps nothing. */
  add(piece: Uint8Array): boolean {
    const size = this.#size + piece.byteLength
    if (size > this.#limit) return false
    const { byteLength } = this.#buffer
    if (size > byteLength) {
      const larger = Math.max(size, Math.min(2 * byteLength, this.#limit))
      if (!this.#hasRoom(larger - byteLength)) return true
      const grown = new Uint8Array(larger)
      grown.set(this.#buffer)
      this.#buffer = grown
    }
    this.#buffer.set(piece, this.#size)
    this.#size = size
    return true
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size)
  }

  /** Releases what it takes. To be called at its end, whatever the end is. */
  leave(): void {
    this.#remove()
    this.#buffer = new Uint8Array()
    this.#size = 0
  }
}

/** Distinct texts in order, in buckets so that adding one among many stays cheap. */
export interface SortedTexts {
  add(text: string): void
  remove(text: string): void
  /** From `first` (inclusive) to `beyond` (exclusive). */
  range(first: string, beyond: string, backwards: boolean): Iterable<string>
}

const LARGEST_BUCKET = 512

/** How many of the sorted items satisfy a condition that holds for a leading run of them. */
const leading = (count: number, holds: (index: number) => boolean): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}

export const createSortedTexts = (): SortedTexts => {
  const buckets: string[][] = []

  /** The last bucket that begins at or below the text, or the first one. */
  const bucketOf = (text: string): number =>
    Math.max(0, leading(buckets.length, (index) => (buckets[index]?.[0] ?? '') <= text) - 1)
  const placeIn = (bucket: readonly string[], text: string): number =>
    leading(bucket.length, (index) => (bucket[index] ?? '') < text)

  return {
    add: (text) => {
      const at = bucketOf(text)
      const bucket = (buckets[at] ??= [])
      const place = placeIn(bucket, text)
      if (bucket[place] === text) return
      bucket.splice(place, 0, text)
      if (bucket.length > LARGEST_BUCKET) buckets.splice(at + 1, 0, bucket.splice(LARGEST_BUCKET / 2))
    },
    remove: (text) => {
      const at = bucketOf(text)
      const bucket = buckets[at]
      if (!bucket) return
      const place = placeIn(bucket, text)
      if (bucket[place] !== text) return
      bucket.splice(place, 1)
      if (bucket.length === 0) buckets.splice(at, 1)
    },
    range: function* (first, beyond, backwards) {
      const step = backwards ? -1 : 1
      for (let at = bucketOf(backwards ? beyond : first); at >= 0 && at < buckets.length; at += step) {
        const bucket = buckets[at] ?? []
        for (
          let place = backwards ? placeIn(bucket, beyond) - 1 : placeIn(bucket, first);
          place >= 0 && place < bucket.length;
          place += step
        ) {
          const text = bucket[place] as string
          if (backwards ? text < first : text >= beyond) return
          yield text
        }
      }
    },
  }
}

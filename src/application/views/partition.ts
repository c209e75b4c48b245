/** Number of partitions over which work and counters are spread. Part of the stored format. */
export const PARTITIONS = 64

/** The partition of a document or stream: by what stands before the first slash of its key (FNV-1a). */
export const partitionOf = (key: string): number => {
  const slash = key.indexOf('/')
  const end = slash < 0 ? key.length : slash
  let hash = 0x811c9dc5
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % PARTITIONS
}

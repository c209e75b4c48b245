/** Whether both are the same bytes. */
export const isSameSecret = (one: Uint8Array, other: Uint8Array): boolean => {
  let differing = one.length ^ other.length
  for (const [at, byte] of one.entries()) differing |= byte ^ (other[at] ?? 0)
  return differing === 0
}

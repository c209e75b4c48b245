import { normalized } from '../text.ts'

/**
 * Whether a host of a link can be one on the public internet: no literal address of this machine, of a private network or of a
 * single link, in whatever spelling, and no name that always means one.
 *
 * @see https://url.spec.whatwg.org/#host-parsing (spellings of IPv4) and https://www.iana.org/assignments/iana-ipv4-special-registry
 *   and iana-ipv6-special-registry (read 2026-11)
 */
export const isPublicHost = (host: string): boolean => {
  const name = plain(host)
  if (name === undefined || name === '') return false
  if (name.startsWith('[')) {
    const groups = name.endsWith(']') ? ipv6(name.slice(1, -1)) : undefined
    return groups !== undefined && isPublicIpv6(groups)
  }
  const labels = name.split('.')
  const last = labels.at(-1) ?? ''
  if (isNumber(last)) {
    const address = ipv4(labels)
    return address !== undefined && isPublicIpv4(address)
  }
  return !PRIVATE_NAMES.has(last)
}

/** Top-level names that never leave a machine or its network. */
const PRIVATE_NAMES: ReadonlySet<string> = new Set(['localhost', 'localdomain', 'local', 'internal'])

/** The host as a browser reads it: escapes, wide letters and wide dots resolved, invisible characters and the last dot dropped. */
const plain = (host: string): string | undefined => {
  try {
    return normalized(decodeURIComponent(host), 'NFKC')
      .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
      .replaceAll('\u3002', '.')
      .toLowerCase()
      .replace(/\.$/, '')
  } catch {
    return undefined
  }
}

const isNumber = (label: string): boolean => /^(?:\d+|0x[0-9a-f]*)$/.test(label)

const numberOf = (label: string): number => {
  if (label.startsWith('0x')) return label === '0x' ? 0 : Number.parseInt(label.slice(2), 16)
  if (label.length > 1 && label.startsWith('0')) return /^[0-7]+$/.test(label) ? Number.parseInt(label, 8) : Number.NaN
  return Number(label)
}

/** One to four numbers, decimal, octal or hexadecimal, of which the last fills what is left. */
const ipv4 = (labels: readonly string[]): number | undefined => {
  const numbers = labels.map((label) => (isNumber(label) ? numberOf(label) : Number.NaN))
  const last = numbers.pop()
  if (last === undefined || numbers.length > 3 || !(last < 256 ** (4 - numbers.length))) return undefined
  if (!numbers.every((number) => number < 256)) return undefined
  return numbers.reduce((sum, number, place) => sum + number * 256 ** (3 - place), last)
}

/** First address and length of each range. */
const PRIVATE_IPV4: readonly (readonly [first: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  // Multicast, reserved, broadcast.
  ['224.0.0.0', 3],
]

const isPublicIpv4 = (address: number): boolean =>
  PRIVATE_IPV4.every(([first, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) !== Math.floor((ipv4(first.split('.')) ?? 0) / size)
  })

/** The eight groups of an address; undefined if it is none. */
const ipv6 = (text: string): readonly number[] | undefined => {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupsOf)))
  if (head === undefined) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  const groups = tail === undefined ? head : [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  const isWhole = tail === undefined ? missing === 0 : missing > 0
  return isWhole && groups.every((group) => group >= 0) ? groups : undefined
}

/** A group, or the two that an IPv4 address at the end stands for; -1 for what is none. */
const groupsOf = (group: string): readonly number[] => {
  if (group.includes('.')) {
    const address = /^\d+(?:\.\d+){3}$/.test(group) ? ipv4(group.split('.')) : undefined
    return address === undefined ? [-1] : [Math.floor(address / 0x10000), address % 0x10000]
  }
  return [/^[0-9a-f]{1,4}$/.test(group) ? Number.parseInt(group, 16) : -1]
}

const isPublicIpv6 = (groups: readonly number[]): boolean => {
  const [first = 0, second = 0, third = 0] = groups
  const v4 = (from: number): boolean => isPublicIpv4((groups[from] ?? 0) * 0x10000 + (groups[from + 1] ?? 0))
  const isZeroUpTo = (count: number): boolean => groups.slice(0, count).every((group) => group === 0)
  // Unspecified, loopback, and IPv4 in an address of version 6: mapped, compatible, translated, 6to4.
  if (isZeroUpTo(5) && (groups[5] === 0 || groups[5] === 0xffff)) return v4(6)
  if (isZeroUpTo(4) && groups[4] === 0xffff) return v4(6)
  if (first === 0x64 && second === 0xff9b) return v4(6)
  if (first === 0x2002) return v4(1)
  const isUniqueLocal = (first & 0xfe00) === 0xfc00
  const isLinkOrSiteLocal = (first & 0xff80) === 0xfe80
  const isMulticast = first >= 0xff00
  const isDiscard = first === 0x100 && second === 0 && third === 0
  return !isUniqueLocal && !isLinkOrSiteLocal && !isMulticast && !isDiscard
}

/** One figure: ours against a base that does the same durable work, measured in the same run. */
export interface Figure {
  readonly name: string
  /** Median of ours. */
  readonly value: number
  readonly unit: string
  /** Median of the base, in the same unit; null where the aim is no ratio and there is nothing to compare with. */
  readonly base: number | null
  /** Median of the ratios of the rounds, ours to base; null without a base. */
  readonly ratio: number | null
  /** Smallest and greatest ratio of a round; of ours, without a base. */
  readonly spread: readonly [number, number]
  readonly rounds: number
  /** What the design asks for, in words. */
  readonly aim: string
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How many a second. */
export const perSecond = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return (count * 1_000) / (performance.now() - began)
}

/**
 * Runs ours and the base in turn (A B A B ...), after rounds that do not count. Both answer with their figure.
 * Ours goes first: where the base writes what ours wrote, it needs to see it.
 */
export const interleaved = async (
  figure: Pick<Figure, 'name' | 'unit' | 'aim'>,
  rounds: number,
  ours: () => Promise<number>,
  base: () => Promise<number>,
  warmUps = 2,
): Promise<Figure> => {
  const values: number[] = []
  const bases: number[] = []
  for (let round = -warmUps; round < rounds; round++) {
    globalThis.gc?.({ type: 'minor' })
    const ourFigure = await ours()
    globalThis.gc?.({ type: 'minor' })
    const baseFigure = await base()
    if (round < 0) continue
    values.push(ourFigure)
    bases.push(baseFigure)
  }
  return figureOf(figure, values, bases)
}

/** The figure of rounds that were measured one after the other. */
export const figureOf = (
  figure: Pick<Figure, 'name' | 'unit' | 'aim'>,
  values: readonly number[],
  bases: readonly number[],
): Figure => {
  const ratios = values.map((value, round) => value / bases[round]!)
  return {
    ...figure,
    value: median(values),
    base: median(bases),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    rounds: values.length,
  }
}

/** The figure of rounds that have no base. */
export const figureAlone = (figure: Pick<Figure, 'name' | 'unit' | 'aim'>, values: readonly number[]): Figure => ({
  ...figure,
  value: median(values),
  base: null,
  ratio: null,
  spread: [Math.min(...values), Math.max(...values)],
  rounds: values.length,
})

/** The value that this part of all values (0 to 1) does not exceed. */
export const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * part) - 1)] ?? Number.NaN

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value >= 1 ? value.toFixed(1) : value.toFixed(3)

/** A table for people, or one JSON line per figure. */
export const report = (figures: readonly Figure[], asJson: boolean): string => {
  if (asJson) return figures.map((figure) => JSON.stringify(figure)).join('\n')
  const rows = figures.map(({ name, value, unit, base, ratio, spread, rounds, aim }) => [
    name,
    `${shown(value)} ${unit}`,
    base === null ? '' : `${shown(base)} ${unit}`,
    ratio === null ? '' : ratio.toFixed(2),
    spread.map((each) => (ratio === null ? shown(each) : each.toFixed(2))).join('-'),
    String(rounds),
    aim,
  ])
  const table = [['figure', 'ours', 'base', 'ratio', 'spread', 'rounds', 'aim'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

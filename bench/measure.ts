/** One figure: ours against a base that does the same durable work, measured in the same run. */
export interface Figure {
  readonly name: string
  /** Median of ours. */
  readonly value: number
  readonly unit: string
  /** Median of the base, in the same unit. */
  readonly base: number
  /** Median of the ratios of the rounds, ours to base. */
  readonly ratio: number
  /** Smallest and greatest ratio of a round. */
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
    globalThis.gc?.()
    const ourFigure = await ours()
    globalThis.gc?.()
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

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value >= 1 ? value.toFixed(1) : value.toFixed(3)

/** A table for people, or one JSON line per figure. */
export const report = (figures: readonly Figure[], asJson: boolean): string => {
  if (asJson) return figures.map((figure) => JSON.stringify(figure)).join('\n')
  const rows = figures.map(({ name, value, unit, base, ratio, spread, rounds, aim }) => [
    name,
    `${shown(value)} ${unit}`,
    `${shown(base)} ${unit}`,
    ratio.toFixed(2),
    `${spread[0].toFixed(2)}-${spread[1].toFixed(2)}`,
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

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
  /** What the design asks for, in words. */
  readonly aim: string
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Runs ours and the base in turn (A B A B ...), after one round that does not count. Both answer with their figure. */
export const interleaved = async (
  figure: Pick<Figure, 'name' | 'unit' | 'aim'>,
  rounds: number,
  base: () => Promise<number>,
  ours: () => Promise<number>,
): Promise<Figure> => {
  const bases: number[] = []
  const values: number[] = []
  for (let round = 0; round <= rounds; round++) {
    globalThis.gc?.()
    const baseFigure = await base()
    globalThis.gc?.()
    const ourFigure = await ours()
    if (round === 0) continue
    bases.push(baseFigure)
    values.push(ourFigure)
  }
  const ratios = values.map((value, round) => value / bases[round]!)
  return {
    ...figure,
    value: median(values),
    base: median(bases),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
  }
}

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value >= 1 ? value.toFixed(1) : value.toFixed(3)

/** A table for people, or one JSON line per figure. */
export const report = (figures: readonly Figure[], asJson: boolean): string => {
  if (asJson) return figures.map((figure) => JSON.stringify(figure)).join('\n')
  const rows = figures.map(({ name, value, unit, base, ratio, spread, aim }) => [
    name,
    `${shown(value)} ${unit}`,
    `${shown(base)} ${unit}`,
    ratio.toFixed(2),
    `${spread[0].toFixed(2)}-${spread[1].toFixed(2)}`,
    aim,
  ])
  const table = [['figure', 'ours', 'base', 'ratio', 'spread', 'aim'], ...rows]
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

/**
 * Plants each fault and says how many seeds it takes to find it: `npm run simulate:planted -- --seeds N`; `--only TEXT`
 * plants those with this in their names. Exits with 1 if one is not found.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { PLANTED_FAULTS, type PlantedFault } from './planted-faults.ts'

const run = promisify(execFile)

/** After how many seeds from `first` on it is found, and by which rule; undefined: not among so many. */
export const findPlanted = async (
  { name, isOfModel }: PlantedFault,
  { first, most }: { readonly first: number; readonly most: number },
): Promise<{ readonly seeds: number; readonly rule: string } | undefined> => {
  const here = import.meta.dirname
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=madoguchi-source',
      '--import',
      join(here, 'plant.ts'),
      join(here, 'seek.ts'),
      String(first),
      String(most),
      ...(isOfModel === true ? ['model'] : []),
    ],
    { env: { ...process.env, PLANT: name }, maxBuffer: 2 ** 26 },
  )
  const [, seeds, rule] = /^(\d+) ([^\n]*)/.exec(stdout) ?? []
  return seeds === undefined ? undefined : { seeds: Number(seeds), rule: rule ?? '' }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '300' },
      only: { type: 'string', default: '' },
    },
  })
  for (const fault of PLANTED_FAULTS.filter(({ name }) => name.includes(values.only))) {
    const found = await findPlanted(fault, { first: Number(values.seed), most: Number(values.seeds) })
    console.log(
      found === undefined
        ? `NOT FOUND  ${fault.name}`
        : `${String(found.seeds).padStart(9)}  ${fault.name} (${found.rule.slice(0, 100)})`,
    )
    if (found === undefined) process.exitCode = 1
  }
}

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AREAS, areaOf } from './areas.ts'
import { equivalents, reasonToPass } from './equivalents.ts'
import { mutantOf, nameOf, onOneLine, plannedMutantOf, sampleOf, type Mutant } from './mutant.ts'
import { RunFile } from './run-file.ts'
import { tempFolder } from '../temp-folder.ts'

const mutant = (line: number): Mutant => ({
  file: 'src/domain/instant.ts',
  line,
  column: 1,
  mutator: 'ConditionalExpression',
  code: 'a',
  replacement: 'true',
})
const mutants = Array.from({ length: 50 }, (_, line) => mutant(line))

describe('the sample of mutants', () => {
  it('is the same for the same seed, in whatever order they come, and another for another seed', () => {
    expect(sampleOf(mutants.toReversed(), 1, 10)).toEqual(sampleOf(mutants, 1, 10))
    expect(sampleOf(mutants, 2, 10)).not.toEqual(sampleOf(mutants, 1, 10))
    expect(new Set(sampleOf(mutants, 1, 10).map(nameOf)).size).toBe(10)
  })

  it('holds all of them where there are fewer', () => {
    expect(sampleOf(mutants, 1, 400)).toHaveLength(50)
  })
})

describe('a mutant', () => {
  it('names the code that it replaces, on one line', () => {
    const file = join(import.meta.dirname, 'areas.ts')
    const lines = readFileSync(file, 'utf8').split('\n')
    const at = lines.findIndex((line) => line.startsWith('export const areaOf'))
    const location = { start: { line: at + 1, column: 8 }, end: { line: at + 2, column: 13 } }
    expect(mutantOf({ fileName: file, mutatorName: 'x', replacement: '{\n}', location })).toMatchObject({
      code: `${onOneLine((lines[at] ?? '').slice(7))} ${onOneLine((lines[at + 1] ?? '').slice(0, 12))}`,
      replacement: '{ }',
      line: at + 1,
    })
  })

  it('has the same name before and after it was tried', () => {
    const mutant = { fileName: join(import.meta.dirname, 'areas.ts'), mutatorName: 'x', replacement: 'y' }
    const tried = { ...mutant, location: { start: { line: 3, column: 5 }, end: { line: 3, column: 9 } } }
    const planned = { ...mutant, location: { start: { line: 2, column: 4 }, end: { line: 2, column: 8 } } }
    expect(plannedMutantOf(planned)).toEqual(mutantOf(tried))
  })

  it('is refused for an area that there is not', () => {
    expect(() => areaOf('nowhere')).toThrow(Object.keys(AREAS).join(', '))
  })
})

describe('equivalent mutants', () => {
  it('name code that is still in their file, and a reason', () => {
    for (const { file, code, within, reason } of equivalents) {
      const source = onOneLine(readFileSync(file, 'utf8'))
      expect(source, `${file} has no ${code}`).toContain(code)
      if (within !== undefined) expect(source, `${file} has no ${within}`).toContain(onOneLine(within))
      expect(reason.length).toBeGreaterThan(10)
    }
  })

  it('are no others than those named', () => {
    expect(reasonToPass({ ...mutant(1), code: 'code that is nowhere' })).toBeUndefined()
  })
})

describe('the file of a run', () => {
  it('keeps the sample, and the last word on each mutant', () => {
    const folder = tempFolder('mutation')
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = new RunFile(join(folder, 'run.jsonl'))
    expect(file.read()).toBeUndefined()
    file.begin('sources', [mutant(1), mutant(2)])
    file.add({ mutant: mutant(1), status: 'Survived' })
    file.add({ mutant: mutant(1), status: 'Killed' })
    expect(file.read()).toEqual({
      fingerprint: 'sources',
      sample: [mutant(1), mutant(2)],
      tried: [{ mutant: mutant(1), status: 'Killed' }],
    })
  })
})

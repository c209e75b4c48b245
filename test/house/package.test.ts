import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { tempFolder } from '../temp-folder.ts'
import { filesBelow, ROOT } from './files.ts'
import { run } from './run.ts'

// Compilers and linters of their own, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

interface Manifest {
  readonly version: string
  readonly type: string
  readonly sideEffects: unknown
  readonly license: string
  readonly files: readonly string[]
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly allowScripts: Readonly<Record<string, boolean>>
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
const manifest = readManifest(ROOT)
const entries = Object.keys(manifest.exports)
const sourceOf = (entry: string): string => manifest.exports[entry]?.['madoguchi-source'] ?? ''
const publicName = (entry: string): string => `madoguchi${entry.slice(1)}`

describe('the manifest', () => {
  it('closes the package but for its entry points, each with source, types and default in this order', () => {
    const shapes = Object.fromEntries(
      entries.map((entry) => [
        entry,
        Object.entries(manifest.exports[entry] ?? {}).map(([name, path]) => `${name} ${path}`),
      ]),
    )
    const folder = (entry: string): string => {
      if (entry === '.') return ''
      const name = entry.slice(2)
      return ['domain', 'simulator', 'testing'].includes(name) ? `${name}/` : `adapters/${name}/`
    }
    const expected = Object.fromEntries(
      entries.map((entry) => [
        entry,
        [
          `madoguchi-source ./src/${folder(entry)}index.ts`,
          `types ./dist/${folder(entry)}index.d.ts`,
          `default ./dist/${folder(entry)}index.js`,
        ],
      ]),
    )
    expect(shapes).toEqual(expected)
  })

  it('has the source of every entry point', () => {
    expect(entries.filter((entry) => !existsSync(join(ROOT, sourceOf(entry))))).toEqual([])
  })

  it('has no side effects, is ESM, MIT, for Node 22.13 or newer, and ships what was built', () => {
    const { type, sideEffects, license, files, engines } = manifest
    expect({ type, sideEffects, license, files, engines }).toEqual({
      type: 'module',
      sideEffects: false,
      license: 'MIT',
      files: ['dist', 'LICENSE', 'README.md'],
      engines: { node: '>=22.13' },
    })
  })

  it('depends at run time on what docs/decisions names, and on nothing else', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['date-fns', 'uuid', 'valibot'])
  })

  it('asks for drivers as optional peers only', () => {
    const peers = Object.keys(manifest.peerDependencies ?? {})
    expect(peers.filter((name) => manifest.peerDependenciesMeta?.[name]?.optional !== true)).toEqual([])
  })

  it('says of every dependency with an install script, by name, whether it may run', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>
    }
    const withScripts = Object.entries(lock.packages)
      .filter(([path, { hasInstallScript }]) => path !== '' && hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    expect(Object.keys(manifest.allowScripts).toSorted()).toEqual(withScripts.toSorted())
    // The one that works without: it only warns of a version.
    const refused = Object.entries(manifest.allowScripts).flatMap(([name, may]) => (may ? [] : [name]))
    expect(refused).toEqual(['protobufjs'])
  })

  it('locks the tools for every system they are made for, not only for the one that wrote the lock', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const missing = ['oxlint', 'oxfmt', 'oxc-parser', 'oxlint-tsgolint', 'typescript'].flatMap((tool) =>
      Object.keys(packages[`node_modules/${tool}`]?.optionalDependencies ?? {}).filter(
        (name) => packages[`node_modules/${name}`] === undefined,
      ),
    )
    expect(missing).toEqual([])
  })
})

describe('the toolchain', () => {
  it('runs npm scripts on the Node of the dev dependency, whatever the system has', async () => {
    const { version } = readManifest(join(ROOT, 'node_modules/node'))
    const { stdout } = await run(ROOT, 'node --version')
    expect(stdout.trim()).toBe(`v${version}`)
    expect(process.version).toBe(`v${version}`)
  })

  it('resolves the public names to the sources in tests and in Node with the condition', async () => {
    const byName = (await import('madoguchi/simulator')) as object
    const byPath = (await import('../../src/simulator/index.ts')) as object
    expect(Object.entries(byName)).toEqual(Object.entries(byPath))
    const script = "console.log(import.meta.resolve('madoguchi/simulator'))"
    const { output } = await run(ROOT, `node --conditions=madoguchi-source --input-type=module -e "${script}"`)
    expect(output.trim()).toMatch(/\/src\/simulator\/index\.ts$/)
  })
})

/** A Node of the machine's own that is older than what `engines` asks for. */
const oldNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((bin) => join(bin, 'node'))
  .filter((path) => existsSync(path))
  .map((path) => ({
    path,
    version: spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim().slice(1) ?? '',
  }))
  .find(({ version }) => /^2[01]\./.test(version))

describe('the packed package', () => {
  let folder = ''
  let files: readonly string[] = []
  let sources: readonly string[] = []

  beforeAll(async () => {
    folder = tempFolder('pack')
    sources = filesBelow(ROOT, 'src')
    const build = join(folder, 'build')
    mkdirSync(build)
    for (const name of ['package.json', 'LICENSE', 'README.md'])
      if (existsSync(join(ROOT, name))) writeFileSync(join(build, name), readFileSync(join(ROOT, name)))
    // Types are `npm run check`'s business; here the files count, so that a type error shows once and not twice.
    await run(ROOT, `tsc -p tsconfig.build.json --outDir ${join(build, 'dist')}`)
    const packed = await run(build, 'npm pack --ignore-scripts --offline --silent')
    const tarball = packed.stdout.trim().split('\n').at(-1) ?? ''
    expect(tarball, packed.output).toBe(`madoguchi-${manifest.version}.tgz`)
    const modules = join(folder, 'host', 'node_modules')
    mkdirSync(modules, { recursive: true })
    const unpacked = await run(modules, `tar -xzf ${join(build, tarball)}`)
    expect(unpacked.code, unpacked.output).toBe(0)
    await run(modules, "node -e \"fs.renameSync('package', 'madoguchi')\"")
    // Drivers are the host's own dependencies.
    for (const name of [...Object.keys(manifest.dependencies), 'pg'])
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir')
    files = readdirSync(join(modules, 'madoguchi'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(modules, 'madoguchi').length + 1))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const host = (name: string, text: string): string => {
    const path = join(folder, 'host', name)
    writeFileSync(path, text)
    return path
  }

  it('holds the built file and the types of every entry point', () => {
    const expected = entries.flatMap((entry) => [
      manifest.exports[entry]?.['types'],
      manifest.exports[entry]?.['default'],
    ])
    expect(expected.filter((path) => !files.includes(path?.slice(2) ?? ''))).toEqual([])
  })

  it('holds nothing but what was built, the licence, the readme and the manifest', () => {
    const strangers = files.filter((path) => !/^dist\/.+\.(?:js|d\.ts|js\.map)$/.test(path))
    const allowed = ['LICENSE', 'README.md', 'package.json']
    expect(strangers.filter((path) => !allowed.includes(path))).toEqual([])
    expect(files.filter((path) => path.startsWith('dist/')).length).toBeGreaterThan(40)
  })

  it('holds a module for every source', () => {
    const built = sources.map((path) => path.replace(/^src/, 'dist').replace(/\.ts$/, '.js'))
    expect(built.filter((path) => !files.includes(path))).toEqual([])
  })

  it('can be imported from plain JavaScript by every public name', async () => {
    const names = entries.map(publicName)
    const script = host(
      'import.mjs',
      `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).length > 0)\n`,
    )
    const { stdout, output } = await run(join(folder, 'host'), `node ${basename(script)}`)
    expect(stdout.trim(), output).toBe(names.map((name) => `${name} true`).join('\n'))
  })

  it.skipIf(oldNode === undefined)(
    oldNode === undefined ? 'SKIPPED: no Node 20 or 21 is on the path' : 'makes no desk on an older Node, and says why',
    async () => {
      const script = host(
        'old.mjs',
        `import { copyStore, createDesk } from 'madoguchi'
        import { memory } from 'madoguchi/memory'
        import { meta } from 'madoguchi/meta'
        const calls = [
          () => createDesk({ store: memory(), meta: meta({ appSecrets: ['secret'], verifyToken: 'token' }) }),
          () => copyStore(memory(), memory()),
        ]
        for (const call of calls)
          try {
            await call()
            console.log('done')
          } catch (error) {
            console.log(error.name, error.message)
          }`,
      )
      const { stdout, output } = await run(join(folder, 'host'), `"${oldNode?.path}" ${basename(script)}`)
      const refused = `RuntimeTooOld node ${oldNode?.version} lacks Promise.withResolvers`
      const lines = stdout.trim().split('\n')
      expect([lines.length, lines.filter((line) => line.startsWith(refused)).length], output).toEqual([2, 2])
    },
  )

  it('says which package to install where that of an engine is missing, and only when it is used', async () => {
    const bare = join(folder, 'bare')
    const modules = join(bare, 'node_modules')
    mkdirSync(modules, { recursive: true })
    cpSync(join(folder, 'host', 'node_modules', 'madoguchi'), join(modules, 'madoguchi'), { recursive: true })
    for (const name of Object.keys(manifest.dependencies))
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir')
    writeFileSync(join(bare, 'package.json'), '{}')
    writeFileSync(
      join(bare, 'host.mjs'),
      `import { postgres } from 'madoguchi/postgres'
      try { postgres('postgres://a@b/c') } catch (error) { console.log(error.name, error.message) }`,
    )
    const { stdout, output } = await run(bare, 'node host.mjs')
    expect(stdout.trim(), output).toBe('DriverMissing the package pg is not installed: npm i pg')
  })

  it('cannot be imported by any other name', async () => {
    const names = [
      'madoguchi/dist/domain/ids.js',
      'madoguchi/application',
      'madoguchi/package.json',
      'madoguchi/src/index.ts',
    ]
    const script = host(
      'closed.mjs',
      `for (const name of ${JSON.stringify(names)}) await import(name).then(() => console.log(name), (error) => console.log(error.code))\n`,
    )
    const { stdout } = await run(join(folder, 'host'), `node ${basename(script)}`)
    expect(stdout.trim().split('\n')).toEqual(names.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'))
  })

  it('gives its types to a strict host that checks them', async () => {
    const imports = entries.map((entry, index) => `import * as m${index} from '${publicName(entry)}'`)
    host(
      'host.ts',
      `${imports.join('\n')}\nexport const all: readonly object[] = [${entries.map((_, index) => `m${index}`).join(', ')}]\n`,
    )
    host('package.json', '{ "type": "module" }')
    const options = {
      target: 'ES2023',
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    }
    const typeRoots = [join(ROOT, 'node_modules/@types')]
    host('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, typeRoots }, files: ['host.ts'] }))
    const { output } = await run(join(folder, 'host'), 'tsc -p tsconfig.json')
    // Only what our own declarations say: the types of other packages are theirs to keep.
    expect(output.split('\n').filter((line) => /^(?:host\.ts|node_modules\/madoguchi\/)/.test(line))).toEqual([])
  })
})

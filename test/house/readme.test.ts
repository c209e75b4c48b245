import { execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { discardPlace, postgresUrl } from '../adapters/postgres/places.ts'
import { fill } from '../application/moving/places.ts'
import { tempTree } from './temp-tree.ts'

const root = join(import.meta.dirname, '../..')

/** The blocks of code, in their order. */
const blocks = async (name = 'README.md'): Promise<readonly string[]> => {
  const readme = await readFile(join(root, name), 'utf8')
  return [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

/** Runs it as a host's own file; the lines that it prints. */
const printedBy = async (program: string, folder: string): Promise<readonly string[]> => {
  const file = join(folder, 'readme.ts')
  await writeFile(file, program)
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=madoguchi-source', file], {
    timeout: 100_000,
  })
  return stdout.trim().split('\n')
}

it('the code of the README runs and prints what its comments say', async () => {
  const all = await blocks()
  const at = all.findIndex((code) => code.includes('createSimulator'))
  const [first = '', second = ''] = all.slice(at)
  const stop = 'await simulator.close()'
  const imports = second.split('\n').filter((line) => line.startsWith('import'))
  const rest = second.split('\n').filter((line) => !line.startsWith('import'))
  // The second example goes on where the first one is, and both end there.
  const program = `${imports.join('\n')}\n${first.replace(stop, `${rest.join('\n')}\n${stop}`)}`
  expect(await printedBy(program, tempTree({}, [], ['src']))).toEqual([
    'Do you ship to Cordoba? standard',
    'Yes, within a week.',
    'not-associated {}',
    'Only agents of the channel may do this.',
  ])
})

const withoutComments = (code: string): string => code.replaceAll(/ *\/\/.*$/gm, '')

it('the hosts of both READMEs are the same, but for the language of their comments', async () => {
  const [english, japanese] = await Promise.all([blocks(), blocks('README.ja.md')])
  expect(japanese.map(withoutComments)).toEqual(english.slice(0, japanese.length).map(withoutComments))
  expect(japanese).toHaveLength(2)
})

describe.each([
  ['node:http', 0],
  ['Express', 1],
])('the host of the README on %s', (_, number) => {
  const SECRET = 'app secret'
  /** Runs it in a folder of its own until `use` has ended. */
  const running = async (change: (code: string) => string, use: (url: string) => Promise<void>): Promise<string> => {
    const folder = tempTree({}, [], ['src'])
    const port = await freePort()
    const file = join(folder, 'host.ts')
    await writeFile(file, change((await blocks())[number] ?? ''))
    const own = { APP_SECRET: SECRET, VERIFY_TOKEN: 'verify token', PORT: String(port), NODE_ENV: 'production' }
    const env = { ...process.env, ...own }
    const child = spawn(process.execPath, ['--conditions=madoguchi-source', file], {
      cwd: folder,
      env,
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    const ended = once(child, 'exit')
    const isListening = (async () => {
      while (!printed.includes('listening'))
        await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error(printed)))])
    })()
    await isListening
    try {
      await use(`http://127.0.0.1:${port}/instagram/webhook`)
    } finally {
      child.kill('SIGTERM')
      await ended
    }
    return printed
  }
  const deliver = (url: string): Promise<Response> => {
    // As no serialiser of ours would write it.
    const body = '{ "object" : "instagram",\n "entry": [] }'
    const signature = createHmac('sha256', SECRET).update(body).digest('hex')
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` }
    return fetch(url, { method: 'POST', headers, body })
  }

  it('answers the handshake and takes a signed webhook', async () => {
    const printed = await running(
      (code) => code,
      async (url) => {
        const query = new URLSearchParams({
          'hub.mode': 'subscribe',
          'hub.verify_token': 'verify token',
          'hub.challenge': '42',
        })
        expect(await (await fetch(`${url}?${query.toString()}`)).text()).toBe('42')
        expect((await deliver(url)).status).toBe(200)
        expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401)
      },
    )
    expect(printed.trim()).toMatch(/^listening\s*$|^listening\n.*signature/s)
  }, 60_000)

  it.runIf(number === 1)(
    'says what is wrong where its body parser stands first',
    async () => {
      const parser = 'app.use(express.json()) // for everything else\n'
      const printed = await running(
        (code) => code.replace(parser, '').replace('const app = express()\n', `const app = express()\n${parser}`),
        async (url) => expect((await deliver(url)).status).toBe(500),
      )
      expect(printed).toMatch(/BodyAlreadyRead: .*before express\.json\(\)/)
    },
    60_000,
  )
})

it('the code of the README that moves a desk to another engine moves it', async () => {
  const code = (await blocks()).find((each) => each.includes('copyStore(')) ?? ''
  const folder = tempTree({}, [], ['src'])
  const schema = `readme_${process.pid}`
  try {
    const source = sqlite(join(folder, 'desk.db'))
    await fill(source)
    await source.close()
    const program = code
      .replace("'desk.db'", JSON.stringify(join(folder, 'desk.db')))
      .replace(
        "'postgres://user:password@host/desk'",
        JSON.stringify({ connectionString: await postgresUrl(), schema }),
      )
    expect((await printedBy(program, folder)).join(' ').replaceAll(/ +/g, ' ')).toMatch(
      /^copying 65 .*\{ events: 65, copied: 65, tokens: 5, blobs: 2, digest: '[0-9a-f]{64}' \}$/,
    )
  } finally {
    await discardPlace(schema)
  }
})

/** Imported first (`node --import`), it puts the fault that `PLANT` names in the place of what the source says. */
import { registerHooks } from 'node:module'
import { PLANTED_FAULTS } from './planted-faults.ts'

const fault = PLANTED_FAULTS.find(({ name }) => name === process.env['PLANT'])
if (fault === undefined) throw new TypeError('PLANT names no fault')

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/${fault.path}`)) return loaded
    const { source: text } = loaded
    const source = typeof text === 'string' ? text : new TextDecoder().decode(text)
    if (source.split(fault.from).length !== 2) throw new Error(`the piece is not once in ${fault.path}`)
    return { ...loaded, source: source.replace(fault.from, () => fault.to) }
  },
})

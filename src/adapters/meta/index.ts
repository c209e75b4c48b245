export { type Meta, meta, type MetaOptions } from './meta.ts'
export { metaMessenger, type MetaMessengerOptions } from './messenger.ts'
export { InvalidMetaOption } from './options.ts'
export { metaPlatform, type MetaPlatformOptions } from './platform.ts'

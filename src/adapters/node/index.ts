export { BodyAlreadyRead } from './body.ts'
export { type FetchHandler, type NodeListener, nodeListener } from './node-listener.ts'

import type { FetchHandler } from 'madoguchi/node'
import type { Guard } from './guard.ts'
import { answerProblem, noSuchMethod } from './problem.ts'
import { staticFile } from './static-files.ts'

/** Who answers the paths that belong to somebody else than the HTTP interface and the page. */
export interface Route {
  readonly fits: (pathname: string) => boolean
  readonly handler: FetchHandler
}

/** Everything behind the port: what the guard lets through goes to the first route that fits, a file of the page, or the interface. */
export const front =
  (check: Guard, routes: readonly Route[], api: FetchHandler, now: () => number): FetchHandler =>
  async (request) => {
    const { pathname } = new URL(request.url)
    try {
      check(request)
      const route = routes.find(({ fits }) => fits(pathname))
      if (route !== undefined) return await route.handler(request)
      const file = await staticFile(pathname)
      if (file === undefined) return await api(request)
      if (request.method === 'GET' || request.method === 'HEAD') return file
      throw noSuchMethod(request.method, ['GET', 'HEAD'])
    } catch (error) {
      return answerProblem(error, `${request.method} ${pathname}`, now)
    }
  }

import type { Actor } from '../../domain/actor.ts'
import type { DepartmentId, OrganizationId } from '../../domain/ids.ts'
import type { OrganizationState } from '../../domain/organization/index.ts'
import { requireAdministrator } from '../../domain/require-administrator.ts'
import { organizations } from '../commands/aggregates.ts'
import { commandKey } from '../commands/command-key.ts'
import type { Asked, Done } from './asked.ts'
import type { DeskContext } from './context.ts'

/** What the host tells the desk about its organizations. */
export class Organizations {
  readonly #context: DeskContext

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** Replaces the list of departments. Live channels never exceed them; if they shrink, channels stay and new ones are refused. */
  async setDepartments(
    actor: Actor,
    {
      organizationId,
      key,
      ...content
    }: { readonly organizationId: OrganizationId; readonly departments: readonly DepartmentId[] } & Asked,
  ): Promise<Done> {
    const { streams, clock, contentDigest } = this.#context
    requireAdministrator(actor, organizationId)
    const use = await commandKey(contentDigest, actor, 'SetDepartments', key, content)
    const at = clock.now()
    const { position } = await streams.execute(
      organizations,
      organizationId,
      ({ state }) =>
        organizations.decider.decide(
          { type: 'SetDepartments', data: { actor, organizationId, ...content, at } },
          state,
        ),
      { meta: { organizationId }, at, ...use },
    )
    return position === undefined ? {} : { position }
  }

  /** Departments and slots as they are now. @throws Refusal `not-administrator` */
  async get(actor: Actor, { organizationId }: { readonly organizationId: OrganizationId }): Promise<OrganizationState> {
    requireAdministrator(actor, organizationId)
    return (await this.#context.streams.atHead(organizations, organizationId)).state
  }
}

import { actorRef } from '../actor.ts'
import type { DepartmentId } from '../ids.ts'
import { refuse } from '../refusal.ts'
import { requireAdministrator } from '../require-administrator.ts'
import { given, requireId, utf8Bytes } from '../text.ts'
import type { SetDepartments } from './commands.ts'
import type { OrganizationEvent } from './events.ts'
import { MAX_DEPARTMENTS, MAX_DEPARTMENTS_BYTES, type OrganizationState } from './state.ts'

const field = 'departments'

/** Each department once, whatever the host's query repeats: a repeated one must not make room for a channel. */
const requireDepartments = (list: readonly DepartmentId[]): readonly DepartmentId[] => {
  if (!Array.isArray(list)) refuse('invalid', { field, expected: 'list of ids', given: given(list) })
  const departments = [...new Set(list.map((id) => requireId('departmentId', id)))]
  const items = departments.length
  if (items > MAX_DEPARTMENTS) {
    refuse('too-long', { field, limit: MAX_DEPARTMENTS, actual: items, unit: 'items' })
  }
  const bytes = utf8Bytes(JSON.stringify(departments))
  if (bytes > MAX_DEPARTMENTS_BYTES) {
    refuse('too-long', { field, limit: MAX_DEPARTMENTS_BYTES, actual: bytes, unit: 'bytes' })
  }
  return departments
}

/** Channels stay when the departments shrink below them; only new ones are refused. The order of the list means nothing. */
export const setDepartments = ({ data }: SetDepartments, state: OrganizationState): readonly OrganizationEvent[] => {
  const { actor, organizationId, at } = data
  requireAdministrator(actor, organizationId)
  requireId('organizationId', organizationId)
  const departments = requireDepartments(data.departments)
  const before = new Set(state.status === 'known' ? state.departments : [])
  if (departments.length === before.size && departments.every((id) => before.has(id))) return []
  return [{ type: 'DepartmentsSet', data: { organizationId, departments, by: actorRef(actor), at } }]
}

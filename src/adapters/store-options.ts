import { anObject, checkKind, ruleBroken, type Shape } from '../application/ports/shape.ts'
import { InvalidStoreOption } from '../application/ports/store-errors.ts'

/** Every option of a store is known and of its kind. @throws InvalidStoreOption */
export const checkStoreOptions = (options: unknown, members: Shape): void =>
  checkKind(options, anObject(members), '', (option, expected, given) => {
    throw new InvalidStoreOption(option, ruleBroken(expected, given))
  })

/** Does something with every item, so many at a time, each beginning when another has ended. */
export const concurrently = async <Item>(
  items: readonly Item[],
  width: number,
  task: (item: Item) => Promise<unknown>,
): Promise<void> => {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < items.length) await task(items[next++]!)
  }
  await Promise.all(Array.from({ length: width }, one))
}

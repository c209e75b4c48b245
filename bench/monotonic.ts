/** Milliseconds of the machine's monotonic clock: the same one for all of its processes, on Linux and macOS. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

/**
 * Milliseconds of this machine's monotonic clock, the same in every process: what bots and server are compared by. The
 * room clock (PROTOCOL.md, SIG3) is this plus a number that the server's process tells.
 */
export function machineClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

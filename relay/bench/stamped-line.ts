// A line that knows when it was printed, on the clock that all processes of one machine share.

/** Nanoseconds of the machine's monotonic clock. */
export function nowNs(): bigint {
  return process.hrtime.bigint();
}

/** `#n @ns@ …` of `size` characters. */
export function stampedLine(number: number, size: number): string {
  return `#${number} @${nowNs()}@ `.padEnd(size, "kelpie ");
}

export interface Stamp {
  readonly number: number;
  readonly printedNs: bigint;
}

/** Every stamp in a text, in order. */
export function stampsIn(text: string): Stamp[] {
  return [...text.matchAll(/#(\d+) @(\d+)@/g)].map(([, number, ns]) => ({
    number: Number(number),
    printedNs: BigInt(ns ?? "0"),
  }));
}

/** How old a line is at `atNs`, ms. */
export function ageMs(stamp: Stamp, atNs: bigint): number {
  return Number(atNs - stamp.printedNs) / 1e6;
}

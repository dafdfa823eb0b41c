// Makes a failing input smaller while it keeps failing for the same cause.
import type { Bytes } from "../../../schema/index.ts";
import type { FuzzTarget } from "./target.ts";
import { judge } from "./verdict.ts";

/** Runs spent on one input; each may take as long as the failure takes. */
const MAX_RUNS = 400;
/** … and CPU time, ms. */
const MAX_CPU_MS = 1_500;

/** The smallest input found that fails with `cause`; halves are left out first, then quarters, down to single bytes. */
export async function minimise(target: FuzzTarget, input: Bytes, cause: string): Promise<Bytes> {
  const before = process.threadCpuUsage();
  let [smallest, runs] = [input, 0];
  const isSpent = (): boolean => {
    const { user, system } = process.threadCpuUsage(before);
    return runs >= MAX_RUNS || (user + system) / 1_000 > MAX_CPU_MS;
  };
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && !isSpent();) {
      const without = new Uint8Array(Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]));
      runs += 1;
      const verdict = await judge(target, without);
      if (verdict.kind !== "fine" && verdict.cause === cause) smallest = without;
      else at += size;
    }
  }
  return smallest;
}

// What one input did to a parser, measured: refused in words, escaped, slow, or fat.
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Bytes, isAppError } from "../../../schema/index.ts";
import type { FuzzTarget } from "./target.ts";

/** S27: CPU time one input may take, ms. */
export const CPU_LIMIT_MS = 50;
/** S27: heap one input may take, bytes. */
export const HEAP_LIMIT_BYTES = 64 * 1024 * 1024;
/** How often a measurement over its limit is repeated before it counts: a collector's pause or a first compilation is not the parser's. */
const REPEATS = 3;

/** What one input did. `cause` groups failures that are one. */
export type Verdict =
  | { readonly kind: "fine"; readonly cpuMs: number; readonly heapBytes: number; readonly refusal: string | null }
  | { readonly kind: Failure; readonly cause: string; readonly words: string };
/** Ways to fail. */
export type Failure = "escaped" | "slow" | "fat" | "hung";

interface Measured {
  readonly cpuMs: number;
  readonly heapBytes: number;
  readonly thrown: { readonly error: unknown } | null;
}

/** Runs the input; what is over a limit is run again, the smallest figure counts. */
export async function judge(target: FuzzTarget, input: Bytes): Promise<Verdict> {
  let measured = await measure(target, input);
  for (let again = 0; again < REPEATS && isOver(measured); again++) {
    collectGarbage();
    const next = await measure(target, input);
    measured = {
      cpuMs: Math.min(measured.cpuMs, next.cpuMs),
      heapBytes: Math.min(measured.heapBytes, next.heapBytes),
      thrown: measured.thrown,
    };
  }
  const { cpuMs, heapBytes, thrown } = measured;
  if (thrown !== null && !isAppError(thrown.error)) return escaped(thrown.error);
  if (cpuMs > CPU_LIMIT_MS) return { kind: "slow", cause: "slow", words: `${cpuMs.toFixed(1)} ms of CPU time` };
  if (heapBytes > HEAP_LIMIT_BYTES) return { kind: "fat", cause: "fat", words: `${heapBytes} bytes of heap` };
  return { kind: "fine", cpuMs, heapBytes, refusal: isAppError(thrown?.error) ? thrown.error.code : null };
}

function isOver({ cpuMs, heapBytes }: Measured): boolean {
  return cpuMs > CPU_LIMIT_MS || heapBytes > HEAP_LIMIT_BYTES;
}

async function measure(target: FuzzTarget, input: Bytes): Promise<Measured> {
  // A copy: a parser that keeps or changes its input must not spoil the next run.
  const own = input.slice();
  const heapBefore = heapBytes();
  const before = process.threadCpuUsage();
  let thrown: Measured["thrown"] = null;
  try {
    const pending = target.run(own);
    if (pending !== undefined) await pending;
  } catch (error) {
    thrown = { error };
  }
  const { user, system } = process.threadCpuUsage(before);
  return { cpuMs: (user + system) / 1_000, heapBytes: heapBytes() - heapBefore, thrown };
}

/** What is held and what waits to be collected: how far the heap grew, unless a collection came in between. */
function heapBytes(): number {
  const { used_heap_size: used, external_memory: external } = getHeapStatistics();
  return used + external;
}

function escaped(error: unknown): Verdict {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const name = error instanceof Error ? error.name : typeof error;
  // The first line of ours that the error passed: two inputs that fail there are one finding.
  const at = /\/((?:schema|worker|relay|web)\/(?!proof\/)[\w./-]+:\d+)/.exec(stack)?.[1] ?? "";
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "escaped", cause: `${name} at ${at}`, words: `${name}: ${message.slice(0, 200)} at ${at}` };
}

let collect: (() => void) | undefined;

/** Collects garbage now. */
export function collectGarbage(): void {
  collect ??= exposedCollector();
  collect();
}

function exposedCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  if (typeof found !== "function") throw new Error("no collector");
  return () => void Reflect.apply(found, undefined, []);
}

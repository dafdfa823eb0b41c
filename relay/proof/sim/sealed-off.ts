// Takes the real world away from this thread: crypto, clocks, timers and chance are the simulation's, or an error. Must be
// the first import of a simulator's entry: schema/ takes `crypto.subtle` when it is loaded.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { Random } from "./random.ts";
import { simCrypto } from "./sim-crypto.ts";

/** The real next turn of the event loop: by then everything that resolves by itself has. */
const nextTurn = setImmediate;

/** Calls back after virtual milliseconds; answers the canceller. */
type SetTimer = (run: () => void, delayMs: number) => () => void;

interface Run {
  readonly random: Random;
  readonly setTimer: SetTimer;
}

let current: Run | null = null;

function running(): Run {
  if (current === null) throw new Error("outside of a simulation");
  return current;
}

/** From now on this thread's randomness and stray timers are this run's. */
export function beginRun(seed: number, setTimer: SetTimer): void {
  current = { random: new Random(seed, "crypto"), setTimer };
}

/** Resolves when nothing is left to do in this turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}

function leak(name: string): () => never {
  return () => {
    throw new Error(`${name} leaks into the simulation`);
  };
}

/** node:timers/promises, which agents/deadline.ts imports, on virtual time. */
function simDelay<T>(delayMs: number, value?: T, options?: { readonly signal?: AbortSignal }): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = running().setTimer(() => resolve(value), delayMs);
    options?.signal?.addEventListener("abort", () => {
      cancel();
      reject(new Error("aborted"));
    });
  });
}

Object.defineProperty(globalThis, "crypto", { value: simCrypto(() => running().random), configurable: true });
Object.defineProperty(Date, "now", { value: leak("Date.now") });
Object.defineProperty(Math, "random", { value: leak("Math.random") });
Object.defineProperty(performance, "now", { value: leak("performance.now") });
for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
  Object.defineProperty(globalThis, name, { value: leak(name), configurable: true });
}
const require = createRequire(import.meta.url);
require("node:timers/promises").setTimeout = simDelay;
require("node:timers/promises").setImmediate = () => simDelay(0);
syncBuiltinESMExports();

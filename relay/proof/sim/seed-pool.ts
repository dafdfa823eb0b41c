// Plays many seeds on a few threads, and makes a failing run smaller by leaving actions out.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { RunResult } from "./run-seed.ts";
import type { Order } from "./seed-worker.ts";

/** A thread is replaced after so many runs: what a defect left in it, and what SQLite keeps, goes with it. */
const RUNS_PER_THREAD = 2000;

type Said = { readonly line: string } | { readonly result: RunResult };

/** One thread at a time for one seed at a time. */
class Player {
  #worker = newWorker();
  #runs = 0;

  play(order: Order, print: (line: string) => void = () => undefined): Promise<RunResult> {
    if (this.#runs++ >= RUNS_PER_THREAD) {
      void this.#worker.terminate();
      this.#worker = newWorker();
      this.#runs = 0;
    }
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const hear = (said: Said): void => {
        if ("line" in said) return print(said.line);
        worker.off("message", hear);
        worker.off("error", reject);
        resolve(said.result);
      };
      worker.on("message", hear);
      worker.once("error", reject);
      worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function newWorker(): Worker {
  return new Worker(new URL("./seed-worker.ts", import.meta.url), {
    workerData: null,
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

/** Plays these seeds in their order; `tell` gets each result, and may end it all by answering "enough". */
export async function playSeeds(
  { seeds, threads = availableParallelism() }: { readonly seeds: readonly number[]; readonly threads?: number },
  tell: (result: RunResult) => "more" | "enough",
): Promise<void> {
  const waiting = seeds.values();
  let isEnough = false;
  const players = Array.from({ length: Math.min(threads, seeds.length) }, () => new Player());
  const work = async (player: Player): Promise<void> => {
    for (const seed of waiting) {
      const result = await player.play({ seed });
      if (!isEnough && tell(result) === "enough") isEnough = true;
      if (isEnough) return;
    }
  };
  try {
    await Promise.all(players.map(work));
  } finally {
    await Promise.all(players.map((player) => player.end()));
  }
}

/** `count` seeds from `from` on. */
export function seedsFrom(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** One seed, in a fresh thread. */
export async function playSeed(order: Order, print?: (line: string) => void): Promise<RunResult> {
  const player = new Player();
  try {
    return await player.play(order, print);
  } finally {
    await player.end();
  }
}

/** The fewest actions found with which the seed still breaks the same invariant: indices to leave out. */
export async function shrink(failing: RunResult, actions: readonly number[]): Promise<readonly number[]> {
  const player = new Player();
  let without: readonly number[] = [];
  try {
    for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      const left = actions.filter((index) => !without.includes(index));
      for (let at = 0; at < left.length; at += size) {
        const attempt = [...without, ...left.slice(at, at + size)];
        const { violation } = await player.play({ seed: failing.seed, without: attempt });
        if (violation?.invariant === failing.violation?.invariant) without = attempt;
      }
    }
    return without;
  } finally {
    await player.end();
  }
}

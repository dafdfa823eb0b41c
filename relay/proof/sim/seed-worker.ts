// A thread that plays seeds: the real world is sealed off before anything else is loaded.
import "./sealed-off.ts";
import { parentPort, workerData } from "node:worker_threads";
import { runSeed, type RunOptions } from "./run-seed.ts";

/** What a thread is asked for; `trace` sends every line as it is written. */
export interface Order extends Pick<RunOptions, "seed"> {
  readonly without?: readonly number[];
  readonly trace?: boolean;
}

async function play({ seed, without = [], trace = false }: Order): Promise<void> {
  const print = (line: string): void => parentPort?.postMessage({ line });
  parentPort?.postMessage({ result: await runSeed({ seed, without: new Set(without), ...(trace ? { print } : {}) }) });
}

parentPort?.on("message", (order: Order) => void play(order));
if (workerData !== null) void play(workerData);

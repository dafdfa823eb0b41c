// The long run on every core: stretches are given to threads, an input that hangs or kills its thread is a finding.
import { Worker } from "node:worker_threads";
import { Inputs } from "./inputs.ts";
import { joined, type Campaign, type Finding } from "./campaign.ts";
import type { FuzzTarget } from "./target.ts";

/** What a thread is started with. */
export interface ThreadData {
  /** One float: the number of the input it is at. */
  readonly progress: SharedArrayBuffer;
}

/** What a thread is told to do. */
export interface ThreadTask {
  readonly target: string;
  readonly seed: string;
  readonly from: number;
  readonly to: number;
}

/** The long run of some targets. */
export interface CrewOptions {
  readonly targets: readonly FuzzTarget[];
  readonly seed: string;
  /** Inputs per target, and the number of the first. */
  readonly inputs: number;
  readonly first?: number;
  readonly threads: number;
  readonly onTarget: (name: string, campaign: Campaign) => void;
}

/** Inputs given to a thread at once. */
const STRETCH = 10_000;
/** An input is given up after this; minimising takes at most a fraction of it between two inputs. */
const HUNG_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** Heap of a thread, MiB: far over the limit of one input, far under the machine's memory. */
const THREAD_HEAP_MIB = 768;
const NONE: Campaign = {
  inputs: 0,
  bytes: 0,
  outcomes: {},
  cpuMs: { value: 0, index: 0 },
  heapBytes: { value: 0, index: 0 },
  findings: [],
};

/** Runs everything; targets are told of as they finish. */
export async function runCrew(options: CrewOptions): Promise<ReadonlyMap<string, Campaign>> {
  const { targets, seed, inputs, first = 0, threads } = options;
  const tasks = targets.flatMap(({ name }) =>
    Array.from({ length: Math.ceil(inputs / STRETCH) }, (_, at): ThreadTask => {
      const from = first + at * STRETCH;
      return { target: name, seed, from, to: Math.min(from + STRETCH, first + inputs) };
    }),
  );
  const left = new Map(targets.map(({ name }) => [name, Math.ceil(inputs / STRETCH)]));
  const results = new Map<string, Campaign>();
  const take = (target: string, campaign: Campaign): void => {
    const whole = joined(results.get(target) ?? NONE, campaign);
    results.set(target, whole);
    const rest = (left.get(target) ?? 1) - 1;
    left.set(target, rest);
    if (rest === 0) options.onTarget(target, whole);
  };
  await Promise.all(Array.from({ length: threads }, () => work(tasks, options, take)));
  return results;
}

/** One thread after another until no task is left: a thread that was lost is replaced, and goes on behind the input that killed it. */
async function work(
  tasks: ThreadTask[],
  options: CrewOptions,
  take: (target: string, campaign: Campaign) => void,
): Promise<void> {
  let thread = new Hand();
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    let [rest, found]: [ThreadTask, Campaign] = [task, NONE];
    for (;;) {
      const done = await thread.run(rest);
      if (done.kind === "done") {
        found = joined(found, done.campaign);
        break;
      }
      thread = new Hand();
      found = joined(found, lost(options, rest, done));
      rest = { ...rest, from: done.index + 1 };
      if (rest.from >= rest.to) break;
    }
    take(task.target, found);
  }
  await thread.end();
}

interface Lost {
  readonly kind: "lost";
  readonly index: number;
  readonly words: string;
}

function lost({ targets, seed }: CrewOptions, task: ThreadTask, { index, words }: Lost): Campaign {
  const target = targets.find(({ name }) => name === task.target);
  if (target === undefined) throw new TypeError(`no target ${task.target}`);
  // It cannot be minimised here: it would hang or kill this thread too.
  const input = new Inputs(target, seed).at(index);
  const finding: Finding = { target: task.target, kind: "hung", cause: words, words, seed, index, input };
  return { ...NONE, inputs: index + 1 - task.from, findings: [finding] };
}

type Result = { readonly kind: "done"; readonly campaign: Campaign } | Lost;

/** One thread. */
class Hand {
  readonly #at = new Float64Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  #settle: (result: Result) => void = () => undefined;

  constructor() {
    const data: ThreadData = { progress: this.#at.buffer };
    this.#worker = new Worker(new URL("thread.ts", import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MIB },
    });
    this.#worker.on("message", (campaign: Campaign) => this.#settle({ kind: "done", campaign }));
    this.#worker.on("error", (error) => this.#giveUp(`ends its thread: ${String(error)}`));
  }

  /** Never rejects for what an input does; after `lost` the thread is gone. */
  async run(task: ThreadTask): Promise<Result> {
    this.#at[0] = task.from;
    // Looks, not wall time: a process that was stopped for a while has hung in nothing.
    let [seen, looks] = [-1, 0];
    const watch = setInterval(() => {
      if (this.#at[0] !== seen) [seen, looks] = [this.#at[0] ?? -1, 0];
      else if (++looks * LOOK_EVERY_MS >= HUNG_MS) {
        this.#giveUp(`no end within ${HUNG_MS / 1_000} s`);
        void this.#worker.terminate();
      }
    }, LOOK_EVERY_MS);
    try {
      return await new Promise<Result>((resolve) => {
        this.#settle = resolve;
        this.#worker.postMessage(task);
      });
    } finally {
      clearInterval(watch);
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #giveUp(words: string): void {
    this.#settle({ kind: "lost", index: this.#at[0] ?? 0, words });
  }
}

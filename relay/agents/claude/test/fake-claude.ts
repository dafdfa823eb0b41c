// A claude made of test lines: what it "writes" is pushed, what it is told is kept. No process.
import type { AgentChild } from "../../child.ts";
import type { AgentEvent, ExitReport } from "../../driver.ts";
import { LineQueue } from "../../lines.ts";

/** Lines written to it, parsed; loosely typed because tests look into them. */
export type Told = Record<string, unknown>;

export interface FakeClaude {
  readonly child: AgentChild;
  readonly told: Told[];
  /** Claude writes a line (a string is written as it is). */
  say(line: unknown): void;
  /** Claude ends. */
  exit(report?: Partial<ExitReport>): void;
  /** Called after every line written to it. */
  onTold: (line: Told) => void;
}

const PID = 4242;
const LIMIT = 1024 * 1024;

/** Ends with code 0 as soon as end() is called. */
export function createFakeClaude(): FakeClaude {
  const lines = new LineQueue({ maxBytes: LIMIT, aheadChars: LIMIT, onRoom: () => undefined });
  const gone = Promise.withResolvers<ExitReport>();
  const told: Told[] = [];
  const fake: FakeClaude = {
    told,
    onTold: () => undefined,
    say: (line) => lines.push(Buffer.from(`${typeof line === "string" ? line : JSON.stringify(line)}\n`)),
    exit: (report = {}) => {
      lines.end();
      gone.resolve({ code: 0, signal: null, stderr: "", forced: false, ...report });
    },
    child: {
      pid: PID,
      startTime: undefined,
      lines,
      stderrTail: () => "",
      exited: gone.promise,
      write: (line) => {
        const value: Told = JSON.parse(line);
        told.push(value);
        fake.onTold(value);
        return Promise.resolve();
      },
      end: () => {
        fake.exit();
        return gone.promise;
      },
    },
  };
  return fake;
}

/** Consumes a process's events and keeps them; `when` waits for the first that matches, past ones included. */
export class EventWatch {
  readonly seen: AgentEvent[] = [];
  readonly #waiting = new Set<() => void>();
  readonly over: Promise<void>;

  constructor(events: AsyncIterable<AgentEvent>) {
    this.over = this.#read(events);
  }

  /** Rejects when the events end without one. */
  async when<T extends AgentEvent["type"]>(
    type: T,
    matches: (event: Extract<AgentEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<AgentEvent, { type: T }>> {
    const isWanted = (event: AgentEvent): event is Extract<AgentEvent, { type: T }> =>
      event.type === type && matches(event as Extract<AgentEvent, { type: T }>);
    for (;;) {
      const found = this.seen.find(isWanted);
      if (found !== undefined) return found;
      if (this.seen.at(-1)?.type === "ended") throw new Error(`ended without ${type}: ${JSON.stringify(this.seen)}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async #read(events: AsyncIterable<AgentEvent>): Promise<void> {
    for await (const event of events) {
      this.seen.push(event);
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    }
  }
}

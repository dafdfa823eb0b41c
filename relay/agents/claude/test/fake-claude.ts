// A claude made of test lines: what it "writes" is pushed, what it is told is kept. No process.
import type { AgentChild } from "../../child.ts";
import type { ExitReport } from "../../driver.ts";
import { LineQueue } from "../../lines.ts";

/** Lines written to it, parsed; loosely typed because tests look into them. */
export type Told = Record<string, unknown>;

export interface FakeClaude {
  readonly child: AgentChild;
  readonly told: Told[];
  /** Claude writes a line (a string is written as it is). False when a real one would have to wait with the next. */
  say(line: unknown): boolean;
  /** Claude closes its stdout and lives on. */
  closeOutput(): void;
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
    closeOutput: () => lines.end(),
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

// Runs what must fail under a mutant, in its tree: one test by vitest, or the simulator.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "../../../schema/index.ts";
import type { FailingSim, FailingTest } from "./mutant.ts";

/** `hung`: it did not end by itself, or said that it ran out of time. `missing`: there is no such test. */
export type ProofEnd = "passed" | "failed" | "hung" | "missing";

/** How one proof ended, and its first words when it did not pass. */
export interface ProofRun {
  readonly end: ProofEnd;
  readonly words: string;
}

/** A whole vitest start, a Worker's build and the longest test, on a busy machine. */
const TEST_WITHIN_MS = 240_000;
/** A simulator run of one mutant. */
const SIM_WITHIN_MS = 600_000;
/** How vitest says that a test took longer than it may. */
const TIMED_OUT = /timed out in \d+ms/i;

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z._default(z.string(), ""),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z._default(z.array(z.string()), []) }),
      ),
    }),
  ),
});

/** The one test, by its whole name. */
export async function runTest(tree: string, test: FailingTest, signal: AbortSignal): Promise<ProofRun> {
  return (await runTests(tree, [test], signal))[0] ?? { end: "missing", words: "" };
}

/** Several tests in one go, in the same order. An abort of `signal` ends every process of theirs. */
export async function runTests(
  tree: string,
  tests: readonly FailingTest[],
  signal: AbortSignal,
): Promise<readonly ProofRun[]> {
  // Short: state folders with sockets in them are made below it.
  const temporary = mkdtempSync(join(tmpdir(), "km-"));
  try {
    const file = join(temporary, "report.json");
    const pattern = `^(?:${tests.map(({ name }) => escaped(name)).join("|")})$`;
    const args = [
      ...["node_modules/vitest/vitest.mjs", "run", "--config", "relay/house/vitest.config.ts"],
      ...["--reporter=json", `--outputFile.json=${file}`, "-t", pattern, ...new Set(tests.map((test) => test.file))],
    ];
    const withinMs = TEST_WITHIN_MS * Math.max(1, tests.length / 4);
    const { code, said } = await runNode(args, { tree, temporary, withinMs, signal });
    const text = textOf(file);
    if (text === null) return tests.map(() => ({ end: code === null ? "hung" : "missing", words: said }));
    return tests.map((test) => endIn(text, test));
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What vitest's JSON report says of one test. A test that was skipped has proven nothing: it is missing. */
export function endIn(text: string, { file, name }: FailingTest): ProofRun {
  const { testResults } = report.parse(JSON.parse(text));
  const own = testResults.find((result) => result.name.endsWith(`/${file}`));
  if (own === undefined) return { end: "missing", words: `no tests in ${file}` };
  const found = own.assertionResults.find((each) => each.fullName === name);
  if (found === undefined) return { end: "missing", words: own.message };
  if (found.status === "passed") return { end: "passed", words: "" };
  const words = found.failureMessages[0] ?? own.message;
  if (found.status !== "failed") return { end: "missing", words: `it was ${found.status}` };
  return { end: TIMED_OUT.test(words) ? "hung" : "failed", words };
}

/** The simulator over so many seeds: exit code 1 is a violation found. */
export async function runSim(tree: string, { seeds, from }: FailingSim, signal: AbortSignal): Promise<ProofRun> {
  const temporary = mkdtempSync(join(tmpdir(), "km-"));
  try {
    const args = ["relay/proof/main.ts", "sim", "--seeds", String(seeds), "--from", String(from)];
    const { code, said } = await runNode(args, { tree, temporary, withinMs: SIM_WITHIN_MS, signal });
    if (code === null) return { end: "hung", words: said };
    if (code === 0) return { end: "passed", words: "" };
    return { end: code === 1 ? "failed" : "missing", words: said };
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface Place {
  readonly tree: string;
  readonly temporary: string;
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** `code` null: it was ended for taking too long. The program leads a process group of its own, which ends with it. */
function runNode(
  args: readonly string[],
  { tree, temporary, withinMs, signal }: Place,
): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TMPDIR: temporary, NO_COLOR: "1" };
    const child = spawn(process.execPath, [...args], {
      cwd: tree,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
    const onAbort = (): void => endGroup(child.pid);
    signal.addEventListener("abort", onAbort);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup(child.pid);
    }, withinMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      endGroup(child.pid);
      resolve({ code: isLate ? null : (code ?? 2), said });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // ESRCH: nobody of the group is left, which is what is wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // vitest writes its report last: there is none when it did not get that far.
    return null;
  }
}

/** The report joins a group and its test by a space, the filter by an arrow. */
function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(" ", "(?: > | )");
}

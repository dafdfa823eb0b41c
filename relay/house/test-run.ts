// One vitest run: its progress on our stdout, its counts, and whether it left anything behind.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "../../schema/index.ts";

/** Counts of tests; a file that did not load, or an error outside of any test, counts as one failed. */
export interface TestCounts {
  passed: number;
  failed: number;
  /** "file > test: the first line of why", one for each that failed by name. */
  names: string[];
}

const Report = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  testResults: z.array(
    z.object({
      ...{ name: z.string(), status: z.string(), message: z.optional(z.string()) },
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.nullish(z.array(z.string())) }),
      ),
    }),
  ),
});

/** Marks every process of a run, so that a forgotten one can be told from anybody else's. */
const RUN_VARIABLE = "KELPIE_TEST_RUN";
/** What is told to end at the end of the last test takes a moment, ms. */
const LEAVE_WITHIN_MS = 5_000;

/** What to run: the tests of these projects (`!name` for all but that one) whose path contains one of `filters`, or all. */
export interface TestChoice {
  readonly projects: readonly string[];
  readonly filters: readonly string[];
}

/** Returns the counts and sentences about leftovers. */
export async function runTests(root: string, choice: TestChoice): Promise<{ counts: TestCounts; leftovers: string[] }> {
  const runId = randomUUID();
  // Short, because state folders with sockets in them are made below it.
  const temporary = await mkdtemp(join(tmpdir(), "kt-"));
  try {
    const reportFile = join(temporary, "report.json");
    const env = { ...process.env, TMPDIR: temporary, [RUN_VARIABLE]: runId };
    const code = await runVitest(root, choice, reportFile, env);
    const counts = countTests(await readFile(reportFile, "utf8").catch(() => ""), code);
    return { counts, leftovers: await findLeftovers(runId) };
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

function runVitest(
  root: string,
  { projects, filters }: TestChoice,
  reportFile: string,
  env: NodeJS.ProcessEnv,
): Promise<number | null> {
  const config = join(import.meta.dirname, "vitest.config.ts");
  const args = [
    ...[join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--config", config, "--passWithNoTests"],
    ...projects.flatMap((project) => ["--project", project]),
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`, ...filters],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", resolve);
  });
}

/** Reads vitest's JSON report; a run without one, or that failed without naming a test, has one failure. */
export function countTests(report: string, code: number | null): TestCounts {
  if (report === "") return { passed: 0, failed: 1, names: ["a run left no report"] };
  const { numPassedTests, numFailedTests, testResults } = Report.parse(JSON.parse(report));
  const brokenFiles = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = numFailedTests + brokenFiles.length;
  const names = [
    ...brokenFiles.map((file) => `${file.name}: ${firstLine(file.message)}`),
    ...testResults.flatMap((file) =>
      file.assertionResults
        .filter(({ status }) => status === "failed")
        .map((test) => `${file.name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`),
    ),
  ];
  const isUnnamed = failed === 0 && code !== 0;
  if (isUnnamed) names.push("an error outside of any test");
  return { passed: numPassedTests, failed: isUnnamed ? 1 : failed, names };
}

function firstLine(text = ""): string {
  return text.split("\n", 1)[0] ?? "";
}

async function findLeftovers(runId: string): Promise<string[]> {
  // Elsewhere the environment of another process cannot be read.
  if (process.platform !== "linux") return [];
  for (let waitedMs = 0; ; waitedMs += 100) {
    const found = await findProcesses(`${RUN_VARIABLE}=${runId}`);
    if (found.length === 0 || waitedMs >= LEAVE_WITHIN_MS) return found;
    await delay(100);
  }
}

async function findProcesses(setting: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // Processes of other users, and those that end meanwhile, cannot be read.
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (!environment.split("\0").includes(setting)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    found.push(`process ${pid} was left behind: ${command.replaceAll("\0", " ").trim().slice(0, 200)}`);
  }
  return found;
}

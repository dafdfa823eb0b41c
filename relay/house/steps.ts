// Runs the parts of the check as processes and says how each went in one line.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** What a step came to; `output` is shown when it failed. */
export interface StepResult {
  name: string;
  isOk: boolean;
  output: string;
  tookMs: number;
}

/** A part of the check: it throws, or returns sentences about what is wrong. */
export type Step = () => Promise<readonly string[]>;

/** Runs a step, prints its line and, when it failed, its output. Never rejects: an exception is a failure. */
export async function runStep(name: string, step: Step): Promise<StepResult> {
  const startedAt = performance.now();
  const problems = await step().catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
  const tookMs = performance.now() - startedAt;
  const result = { name, isOk: problems.length === 0, output: problems.join("\n"), tookMs };
  console.log(`${result.isOk ? "ok    " : "FAILED"} ${name} (${(tookMs / 1000).toFixed(1)} s)`);
  if (!result.isOk) console.log(result.output.trimEnd());
  return result;
}

/** A step that runs one of our tools, by its path below node_modules, with this Node; it fails when the tool does. */
export function tool(root: string, script: string, args: readonly string[]): Step {
  return async () => {
    const child = spawn(process.execPath, [join(root, "node_modules", script), ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return code === 0 ? [] : [Buffer.concat(output).toString("utf8").trim() || `exit code ${code}`];
  };
}

// Runs a short command of a CLI to its end, for detection. Nothing is left running.
import { spawnAgent } from "../child.ts";

export interface BriefRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when it did not end by itself in time. */
  readonly isLate: boolean;
}

/** Throws what spawnAgent throws. `input` is written first; stdin is then closed. */
export async function runBriefly(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly input?: string;
}): Promise<BriefRun> {
  const child = await spawnAgent(options);
  const reading = (async () => {
    const lines: string[] = [];
    for await (const line of child.lines) lines.push(line);
    return lines.join("\n");
  })();
  const [stdout, report] = await Promise.all([reading, feedAndEnd()]);
  return { code: report.code, stdout, stderr: report.stderr.trim(), isLate: report.signal !== null };

  async function feedAndEnd() {
    // A program that ended before it read its input has said all it has to say.
    if (options.input !== undefined) await child.write(options.input).catch(() => undefined);
    return child.end({ graceMs: options.timeoutMs });
  }
}

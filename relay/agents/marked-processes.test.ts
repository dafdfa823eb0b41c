import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { killMarked, MARK_NAME } from "./marked-processes.ts";

test.runIf(process.platform === "linux")("ends what carries the mark, in any group, and nothing else", async () => {
  const start = (mark: string) =>
    spawn("sleep", ["60"], { env: { ...process.env, [MARK_NAME]: mark }, detached: true, stdio: "ignore" });
  const [ours, other] = [start("run-1"), start("run-10")];
  try {
    await Promise.all([once(ours, "spawn"), once(other, "spawn")]);
    const ended = once(ours, "exit");
    await killMarked("run-1");
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    await killMarked("run-1");
  } finally {
    other.kill("SIGKILL");
  }
});

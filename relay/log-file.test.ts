import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLogFile } from "./log-file.ts";

test("a line is in the file when the call returns, and the file is its owner's alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "kelpie-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "relay.log");
  openLogFile(path).note("link-closed", { code: 1006 });
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ event: "link-closed", code: 1006 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.runIf(process.platform === "linux")("R17 a disk that is full ends the log's lines, not the relay", () => {
  const { note, defect } = openLogFile("/dev/full");
  for (let line = 0; line < 2_000; line++) note("session-defect", { text: "x".repeat(100) });
  expect(() => defect(new Error("one more"))).not.toThrow();
});

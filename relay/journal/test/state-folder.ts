// A state folder of one test, gone afterwards.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh 0700 folder, removed when the test has finished. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kelpie-core-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

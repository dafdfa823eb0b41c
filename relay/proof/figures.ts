// docs/proof.json: what each command of the proof last measured, by the command's name. docs/claims.md quotes it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "../../schema/index.ts";

/** One command's last full run. Keys are words that read after their number: {"seeds": 10000, "violations": 0}. */
export type Figures = Readonly<Record<string, number>>;

const results = z.record(
  z.string(),
  z.object({ at: z.string(), command: z.string(), figures: z.record(z.string(), z.number()) }),
);

/** All of the file. */
export type Results = z.infer<typeof results>;

function fileIn(root: string): string {
  return join(root, "docs", "proof.json");
}

/** What the commands have left; empty when none has run yet. */
export function readResults(root: string): Results {
  const file = fileIn(root);
  return existsSync(file) ? results.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}

/** Keeps one command's figures; `command` is the line that repeats them, seed included. `at` is epoch ms. */
export function recordFigures(
  root: string,
  name: string,
  { at, command, figures }: { readonly at: number; readonly command: string; readonly figures: Figures },
): void {
  const all = { ...readResults(root), [name]: { at: new Date(at).toISOString(), command, figures } };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  mkdirSync(dirname(fileIn(root)), { recursive: true });
  writeFileSync(fileIn(root), `${JSON.stringify(sorted, null, 2)}\n`);
}

// `npm run proof -- claims`: writes docs/claims.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readResults } from "../figures.ts";
import { MUTANTS } from "../mutants/mutants.ts";
import { pageOf } from "./page.ts";
import { findTitles } from "./titles.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** The page as the sources and docs/proof.json have it now. */
export async function currentPage(): Promise<string> {
  return pageOf({ titles: await findTitles(ROOT), mutants: MUTANTS, results: readResults(ROOT) });
}

/** The command; answers its exit code. */
export async function run(): Promise<number> {
  mkdirSync(join(ROOT, "docs"), { recursive: true });
  writeFileSync(join(ROOT, "docs", "claims.md"), await currentPage());
  console.log("docs/claims.md is up to date");
  return 0;
}

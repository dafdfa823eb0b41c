// docs/claims.md as text. Pure: the words, what was found, and what was measured go in.
import type { Mutant } from "../mutants/mutant.ts";
import type { Results } from "../figures.ts";
import { CLAIMS, measuredBy } from "./claims.ts";
import type { Titled } from "./titles.ts";

/** What the page is made of. */
export interface PageParts {
  readonly titles: readonly Titled[];
  readonly mutants: readonly Pick<Mutant, "id" | "claim" | "rule">[];
  readonly results: Results;
}

const OPENING = `# Claims

What Kelpie promises, each promise with the tests that hold it and the mutants that show that a test can fail: a mutant is
the product with that one rule taken out. Made by \`npm run proof -- claims\` from the tests, the mutants and
\`docs/proof.json\`; not written by hand.
`;

/** Where what changes with every run begins; above it the page follows from the sources alone. */
export const FIGURES_HEADING = "## Last figures";

/** The whole page. */
export function pageOf(parts: PageParts): string {
  const ids = Object.keys(CLAIMS);
  const group = (letter: string): string[] => ids.filter((id) => id.startsWith(letter));
  return [
    OPENING,
    ...section("Security", "Against a malicious Worker, network or peer.", group("S"), parts),
    ...section("Reliability", "Through faults of processes, disks, clocks and networks.", group("R"), parts),
    "## Not claimed\n",
    ...group("X").map((id) => `- **${id}** ${CLAIMS[id] ?? ""}`),
    "",
    ...figures(parts.results),
  ].join("\n");
}

/** The part that must never be stale. */
export function lastingPart(page: string): string {
  return page.split(FIGURES_HEADING, 1)[0] ?? "";
}

function section(title: string, words: string, ids: readonly string[], parts: PageParts): string[] {
  return [`## ${title}\n`, `${words}\n`, ...ids.flatMap((id) => entry(id, parts))];
}

function entry(id: string, { titles, mutants }: PageParts): string[] {
  const tests = titles.filter(({ claim }) => claim === id);
  const own = mutants.filter(({ claim }) => claim === id);
  const lines = [`### ${id}\n`, `${CLAIMS[id] ?? ""}\n`];
  if (tests.length === 0) lines.push("Not built yet: no test holds this.");
  else lines.push("Tests:", "", ...tests.map(({ title, file }) => `- ${title} (\`${file}\`)`));
  if (own.length > 0)
    lines.push("", "Mutants:", "", ...own.map((mutant) => `- \`${mutant.id}\`: without "${mutant.rule}"`));
  else if (tests.length > 0) lines.push("", "Mutants: none yet.");
  const measured = measuredBy(id);
  if (measured.length > 0) lines.push("", `Measured by: ${measured.map((name) => `\`${name}\``).join(", ")}, below.`);
  return [...lines, ""];
}

function figures(results: Results): string[] {
  const lines = [`${FIGURES_HEADING}\n`];
  for (const [name, { at, command, figures: numbers }] of Object.entries(results)) {
    const words = Object.entries(numbers).map(([what, number]) => `${number.toLocaleString("en")} ${what}`);
    lines.push(`- **${name}** (${at.slice(0, 10)}, \`${command}\`): ${words.join(", ")}`);
  }
  if (lines.length === 1) lines.push("None has been recorded yet.");
  return [...lines, ""];
}

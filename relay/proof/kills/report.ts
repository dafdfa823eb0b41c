// What a run of kills found, as figures and as words.
import type { Figures } from "../figures.ts";

/** The figures of one run. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  /** Processes killed by a fault, and products killed while they rested. */
  readonly kills: number;
  readonly killsAtRest: number;
  /** By named place, or by kind where it is another fault. */
  readonly byName: Readonly<Record<string, { readonly hit: number; readonly missed: number }>>;
  /** False: no file system could be mounted, so no disk was full. */
  readonly hasDisk: boolean;
  /** Named places that nobody passed: they prove nothing. */
  readonly neverPassed: readonly string[];
  /** Records that the Worker had stored or the phone had shown. */
  readonly acknowledged: number;
  readonly records: number;
  readonly commands: number;
  /** Commands whose last word is that nobody knows. */
  readonly indeterminate: number;
  readonly prompts: Readonly<Record<string, number>>;
  readonly breaches: readonly string[];
}

/** The numbers of it, under words that read after them. */
export function figuresOf(report: Report): Figures {
  const { kills, killsAtRest, acknowledged, commands, indeterminate, prompts, breaches, neverPassed } = report;
  return {
    "kills by a fault": kills,
    "kills at rest": killsAtRest,
    "records acknowledged": acknowledged,
    commands,
    "of them indeterminate": indeterminate,
    effects: prompts["effects"] ?? 0,
    "effects twice": prompts["effectsTwice"] ?? 0,
    breaches: breaches.length,
    "named places never passed": neverPassed.length,
  };
}

/** A few lines for people. */
export function asText(report: Report): string {
  const places = Object.entries(report.byName).map(
    ([name, { hit, missed }]) => `  ${name.padEnd(22)} ${hit} hit, ${missed} missed`,
  );
  const facts = Object.entries(report.prompts).map(([name, count]) => `${count} ${name}`);
  return [
    `seed ${report.seed}: ${report.kills} kills by a fault and ${report.killsAtRest} at rest in ${report.seconds} s`,
    ...places.toSorted(),
    `${report.acknowledged} records acknowledged, ${report.records} in the journal, ${report.commands} commands, ` +
      `${report.indeterminate} indeterminate`,
    `prompts: ${facts.join(", ")}`,
    ...(report.hasDisk ? [] : ["no file system could be mounted here: no disk was full"]),
    ...(report.neverPassed.length > 0 ? [`never passed: ${report.neverPassed.join(", ")}`] : []),
    report.breaches.length === 0 ? "no breach" : `${report.breaches.length} breaches:`,
    ...report.breaches.map((breach) => `  ${breach}`),
  ].join("\n");
}

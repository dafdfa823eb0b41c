// `npm run bench`: every number of the design, beside its floor, on this machine, in this run.
// Arguments: words that a row's name must contain (any of them); --json for one JSON line per figure; --chart writes
// docs/bench.md and its picture too; --list.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { barsOf, chartOf } from "./chart.ts";
import { pageOf } from "./page.ts";
import { asJson, asText, judge, type Measured, type Verdict } from "./report.ts";

const DOCS = join(import.meta.dirname, "..", "..", "docs");

/** Measures one row, or several that come out of one set-up. Options: megabytes that pass a stalled device; sockets that heal or stall. */
type MeasureRow = (options: { readonly megabytes: number; readonly sockets: number }) => Promise<Measured[]>;

const ROWS: Readonly<Record<string, () => Promise<MeasureRow>>> = {
  line: async () => (await import("./rows/line.ts")).line,
  "fan-out": async () => (await import("./rows/fan-out.ts")).fanOut,
  return: async () => (await import("./rows/return.ts")).comeBack,
  heal: async () => (await import("./rows/heal.ts")).heal,
  stalled: async () => (await import("./rows/stalled.ts")).stalled,
  "stalled-sockets": async () => (await import("./rows/stalled-sockets.ts")).stalledSockets,
  start: async () => (await import("./rows/start.ts")).starts,
  idle: async () => (await import("./rows/idle.ts")).idle,
  "idle-hub": async () => (await import("./rows/idle-hub.ts")).idleHub,
  "first-load": async () => (await import("./rows/first-load.ts")).firstLoad,
  "long-session": async () => (await import("./rows/long-session.ts")).longSession,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    chart: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    mb: { type: "string", default: "200" },
    sockets: { type: "string", default: "200" },
  },
});

// Whatever ends the bench: its children notice by themselves, and what they wrote goes with it.
const folder = mkdtempSync(join(tmpdir(), "kelpie-bench-"));
process.env["TMPDIR"] = folder;
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const names = Object.keys(ROWS).filter(
  (name) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
if (values.list) for (const name of names) console.log(name);
else process.exitCode = await run();

async function run(): Promise<number> {
  const failed: string[] = [];
  const verdicts: Verdict[] = [];
  for (const name of names) {
    try {
      const measure = await ROWS[name]?.();
      const figures = await measure?.({ megabytes: Number(values.mb), sockets: Number(values.sockets) });
      for (const verdict of (figures ?? []).map(judge)) {
        console.log(values.json ? asJson(verdict) : `${asText(verdict)}\n`);
        verdicts.push(verdict);
      }
    } catch (error) {
      failed.push(name);
      console.error(`${name}: could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (values.chart) publish(verdicts, failed);
  return failed.length === 0 ? 0 : 1;
}

function publish(verdicts: readonly Verdict[], failed: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const machine = {
    ...{ cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30) },
    ...{ system: `${process.platform} ${process.arch}`, node: process.versions.node },
  };
  const left = Object.keys(ROWS).filter((name) => !names.includes(name));
  const about = `Each figure of ${date} as a share of its goal, with a mark for its floor; the table beside it has them all.`;
  mkdirSync(DOCS, { recursive: true });
  writeFileSync(
    join(DOCS, "bench.svg"),
    chartOf(barsOf(verdicts), { title: "Kelpie's figures against their goals", about }),
  );
  const page = pageOf({ verdicts, failed, left, date, machine }, "bench.svg");
  writeFileSync(join(DOCS, "bench.md"), page);
}

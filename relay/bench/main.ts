// `npm run bench`: every number of the design, beside its floor, on this machine, in this run.
// Arguments: words that a row's name must contain (any of them); --json for one JSON line per figure; --list.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asJson, asText, judge, type Measured } from "./report.ts";

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
  "first-load": async () => (await import("./rows/first-load.ts")).firstLoad,
  "long-session": async () => (await import("./rows/long-session.ts")).longSession,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
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
  let failed = 0;
  for (const name of names) {
    try {
      const measure = await ROWS[name]?.();
      const figures = (await measure?.({ megabytes: Number(values.mb), sockets: Number(values.sockets) })) ?? [];
      for (const figure of figures) console.log(values.json ? asJson(judge(figure)) : `${asText(judge(figure))}\n`);
    } catch (error) {
      failed += 1;
      console.error(`${name}: could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return failed === 0 ? 0 : 1;
}

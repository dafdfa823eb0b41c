// kill -9 in the middle of a burst: the journal opens again, whole, with everything that was promised.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import type { SessionId } from "../../schema/index.ts";
import { ManualClock } from "./test/manual-clock.ts";
import { openJournal, readAll, sessionOf } from "./test/journal.ts";
import { stateFolder } from "./test/state-folder.ts";

const CHILD = join(import.meta.dirname, "test", "burst-child.ts");

/** Runs the burst, kills it after `promises` lines, returns what was promised: text and seq. */
async function burst(folder: string, session: SessionId, promises: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [CHILD, folder, session], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const promised = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [text = "", seq = ""] = line.split(" ");
    promised.set(text, Number(seq));
    if (promised.size === promises) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  expect(signal).toBe("SIGKILL");
  return promised;
}

it("R2: after kill -9 in a burst every resolved append is there once, the chain is whole, no seq has two contents", async () => {
  const folder = stateFolder();
  const session = await sessionOf("crash");
  const promised = new Map<string, number>();
  const frames = new Map<number, string>();
  for (const promises of [1, 137, 600, 1201]) {
    for (const [text, seq] of await burst(folder, session, promises)) promised.set(text, seq);
    const { log, epochs, db } = await openJournal(folder, new ManualClock());
    const lists = await readAll(log, session, epochs);
    const found = new Map<string, number>();
    for (const [index, list] of lists.entries()) {
      for (const item of list) {
        const text = item !== null && typeof item === "object" && "text" in item ? String(item.text) : "";
        expect(found.has(text)).toBe(false);
        found.set(text, index + 1);
      }
    }
    for (const [text, seq] of promised) expect(found.get(text)).toBe(seq);
    expectInOrder([...found.keys()]);
    for (let seq = 1; seq <= lists.length; seq++) {
      const frame = Buffer.from(log.read(session, seq, { maxBytes: 1, maxRecords: 1 })[0]?.frame ?? []).toString("hex");
      expect(frames.get(seq) ?? frame).toBe(frame);
      frames.set(seq, frame);
    }
    db.close();
  }
});

/** Items of each process are a run without a hole, in the order they were appended. */
function expectInOrder(texts: readonly string[]): void {
  const next = new Map<string, number>();
  for (const text of texts) {
    const [pid = "", n = ""] = text.split(":");
    expect(Number(n)).toBe(next.get(pid) ?? 0);
    next.set(pid, Number(n) + 1);
  }
}

// Documents: newest revision only, revs in commit order, sealed for the current epoch.
import { expect, it } from "vitest";
import {
  decodePlain,
  DOC_BYTES,
  docIdOf,
  docPlain,
  isFrame,
  MACHINE_SESSION,
  openFrame,
  parseFrame,
  verifyFrame,
  type Bytes,
} from "../../schema/index.ts";
import { Documents } from "./documents.ts";
import { bytesOf } from "./row.ts";
import { openJournal, sessionOf } from "./test/journal.ts";
import { ManualClock } from "./test/manual-clock.ts";
import { stateFolder } from "./test/state-folder.ts";

const S = await sessionOf("doc");

async function fresh(folder = stateFolder(), clock = new ManualClock()) {
  const journal = await openJournal(folder, clock);
  const documents = new Documents({ ...journal, clock });
  const opened = async (frame: Bytes) => {
    const parsed = parseFrame(frame);
    if (!isFrame(parsed, "DOC")) throw new Error("not a DOC");
    expect(await verifyFrame(parsed, journal.ri.publicKey)).toBe(true);
    const plaintext = await openFrame(parsed, await journal.epochs.key(parsed.header.epoch, parsed.header.session));
    return { header: parsed.header, plain: decodePlain("DOC", plaintext ?? new Uint8Array(0), docPlain) };
  };
  return { ...journal, documents, clock, folder, opened };
}

it("seals a document that names itself inside only", async () => {
  const { documents, opened, clock } = await fresh();
  await documents.put(MACHINE_SESSION, "health", { name: "studio" });
  const [entry] = documents.since(0, 10);
  const { header, plain } = await opened(entry?.frame ?? new Uint8Array(0));
  expect(plain).toEqual({ name: "health", value: { name: "studio" } });
  expect(header).toMatchObject({ session: MACHINE_SESSION, doc: await docIdOf("health"), epoch: 1, rev: clock.now() });
  expect(documents.get(MACHINE_SESSION, "health")).toEqual({ name: "studio" });
  expect(documents.newest(5)).toEqual([[MACHINE_SESSION, await docIdOf("health"), header.rev]]);
});

it("passes over a value equal to the newest one, committed or not", async () => {
  const { documents } = await fresh();
  let changes = 0;
  documents.onChanged(() => changes++);
  await documents.put(S, "head", { a: 1 });
  await documents.put(S, "head", { a: 1 });
  const [rev] = documents.since(0, 10).map((entry) => entry.rev);
  await Promise.all([documents.put(S, "head", { a: 2 }), documents.put(S, "head", { a: 1 })]);
  expect(changes).toBe(2);
  expect(documents.since(rev ?? 0, 10).length).toBe(1);
  expect(documents.get(S, "head")).toEqual({ a: 1 });
});

it("keeps only the newest of values that come faster than the disk", async () => {
  const { documents } = await fresh();
  let changes = 0;
  documents.onChanged(() => changes++);
  await Promise.all(Array.from({ length: 500 }, (_, n) => documents.put(S, "head", { n })));
  expect(documents.get(S, "head")).toEqual({ n: 499 });
  expect(changes).toBeLessThan(5);
});

it("gives revs in commit order that outlive a restart and a clock set back", async () => {
  const first = await fresh();
  await first.documents.put(S, "a", 1);
  await Promise.all([first.documents.put(S, "b", 1), first.documents.put(S, "c", 1)]);
  const before = first.documents.since(0, 10).map(({ rev }) => rev);
  expect(before).toEqual([...before].sort((a, b) => a - b));
  first.db.close();

  const clock = new ManualClock();
  clock.jump(-86_400_000);
  const second = await fresh(first.folder, clock);
  await second.documents.put(S, "a", 2);
  const newest = before.at(-1) ?? 0;
  expect(second.documents.since(newest, 10).map(({ rev }) => rev)).toEqual([newest + 1]);
});

it("deletes by a null that travels", async () => {
  const { documents, opened } = await fresh();
  await documents.put(S, "trust/x", { a: 1 });
  await documents.put(S, "trust/x", null);
  expect(documents.get(S, "trust/x")).toBeNull();
  const [entry] = documents.since(0, 10);
  expect((await opened(entry?.frame ?? new Uint8Array(0))).plain).toEqual({ name: "trust/x", value: null });
});

it("seals for the epoch in force when it commits", async () => {
  const { documents, opened, epochs } = await fresh();
  const put = documents.put(S, "head", 1);
  await Promise.resolve();
  epochs.rotate();
  await put;
  const [entry] = documents.since(0, 10);
  expect((await opened(entry?.frame ?? new Uint8Array(0))).header.epoch).toBe(2);
});

it("refuses a document over its limit with E_SIZE and keeps the old one", async () => {
  const { documents } = await fresh();
  await documents.put(S, "head", "small");
  await expect(documents.put(S, "head", "x".repeat(DOC_BYTES))).rejects.toMatchObject({ code: "E_SIZE" });
  expect(documents.get(S, "head")).toBe("small");
});

it("S2: a DOC or EVT with any one bit flipped is refused by its reader", async () => {
  const { documents, log, db, epochs, ri } = await fresh();
  await documents.put(S, "head", { a: 1 });
  log.begin(S);
  await log.append(S, { k: "note", code: "x" });
  const frames = [db.get("SELECT frame FROM doc"), db.get("SELECT frame FROM rec")].map((row) =>
    bytesOf(row ?? {}, "frame"),
  );
  for (const whole of frames) {
    expect(await isAccepted(whole)).toBe(true);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await isAccepted(flipped), `bit ${bit}`).toBe(false);
    }
  }
  async function isAccepted(bytes: Bytes): Promise<boolean> {
    try {
      const frame = parseFrame(bytes);
      return (isFrame(frame, "DOC") || isFrame(frame, "EVT")) && (await verifyFrame(frame, ri.publicKey));
    } catch {
      return false; // no frame at all any more
    }
  }
  expect(epochs.current()).toBe(1);
});

it("R14 all documents are published again, above what others hold, under the epoch in force, each with its newest value", async () => {
  const { documents, epochs, opened, clock } = await fresh();
  await documents.put(S, "head", { a: 1 });
  await documents.put(MACHINE_SESSION, "health", { name: "old" });
  const above = clock.now() + 60_000;
  epochs.rotate();
  const newer = documents.put(MACHINE_SESSION, "health", { name: "new" });
  await Promise.all([documents.republish(above), newer]);
  const all = await Promise.all(documents.since(0, 10).map(({ frame }) => opened(frame)));
  expect(all.every(({ header }) => header.rev > above && header.epoch === 2)).toBe(true);
  expect(all.map(({ plain }) => plain.value)).toContainEqual({ name: "new" });
  expect(all).toHaveLength(2);
});

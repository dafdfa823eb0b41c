// The database file: durable, private, refused untouched when it is not ours to open.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { AppError } from "../../schema/index.ts";
import { openDatabase } from "./database.ts";
import { metaGet, metaSet, nextRev } from "./meta.ts";
import { integerOf } from "./row.ts";
import { stateFolder } from "./test/state-folder.ts";

function fingerprint(folder: string): Record<string, string> {
  const hash = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, hash(name)]),
  );
}

function refusal(open: () => unknown): AppError {
  try {
    open();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

it("R2 is written with every commit on disk and for its owner only", () => {
  const folder = stateFolder();
  const db = openDatabase(folder);
  expect(db.get("PRAGMA synchronous")?.["synchronous"]).toBe(2);
  expect(db.get("PRAGMA journal_mode")?.["journal_mode"]).toBe("wal");
  metaSet(db, "a", "b");
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  db.close();
});

it("refuses garbage and touches nothing", () => {
  const folder = stateFolder();
  writeFileSync(join(folder, "relay.db"), "no database ".repeat(1000));
  const before = fingerprint(folder);
  const error = refusal(() => openDatabase(folder));
  expect(error.code).toBe("E_DISK");
  expect(error.data["next"]).toContain("relay.db");
  expect(fingerprint(folder)).toEqual(before);
});

it("refuses a damaged schema and touches nothing", () => {
  const folder = stateFolder();
  openDatabase(folder).close();
  const path = join(folder, "relay.db");
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 100, 4096);
  writeFileSync(path, bytes);
  const before = fingerprint(folder);
  expect(refusal(() => openDatabase(folder)).code).toBe("E_DISK");
  expect(fingerprint(folder)).toEqual(before);
});

it("refuses the database of a newer Kelpie and touches nothing", () => {
  const folder = stateFolder();
  openDatabase(folder).close();
  const newer = new DatabaseSync(join(folder, "relay.db"));
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  const before = fingerprint(folder);
  const error = refusal(() => openDatabase(folder));
  expect(error.code).toBe("E_DISK");
  expect(error.data["reason"]).toContain("newer");
  expect(fingerprint(folder)).toEqual(before);
});

it("opens again with what was committed", () => {
  const folder = stateFolder();
  const first = openDatabase(folder);
  metaSet(first, "name", "studio");
  first.close();
  const second = openDatabase(folder);
  expect(metaGet(second, "name")).toBe("studio");
  second.close();
});

it("leaves nothing half done when a transaction fails", () => {
  const db = openDatabase(stateFolder());
  expect(() =>
    db.transaction(() => {
      metaSet(db, "a", "1");
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(metaGet(db, "a")).toBeNull();
  db.close();
});

it("R17 answers E_DISK on a full disk, keeps what was committed and nothing of the rest", () => {
  const db = openDatabase(stateFolder());
  metaSet(db, "kept", "yes");
  const pages = integerOf(db.get("PRAGMA page_count") ?? {}, "page_count");
  db.get(`PRAGMA max_page_count = ${pages + 2}`);
  const fill = (): void =>
    db.transaction(() => {
      for (let n = 0; n < 100; n++) metaSet(db, `big-${n}`, "x".repeat(4000));
    });
  expect(refusal(fill).code).toBe("E_DISK");
  expect(metaGet(db, "big-0")).toBeNull();
  expect(metaGet(db, "kept")).toBe("yes");
  db.get(`PRAGMA max_page_count = ${pages + 1000}`);
  fill();
  expect(metaGet(db, "big-99")).not.toBeNull();
  db.close();
});

it("gives revs that keep growing across a restored backup and a clock set back", () => {
  expect(nextRev(0, 1000)).toBe(1000);
  expect(nextRev(1000, 1000)).toBe(1001);
  expect(nextRev(5000, 1000)).toBe(5001);
});

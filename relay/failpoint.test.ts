import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { armFailpoints, failpoint, failpointVariables } from "./failpoint.ts";

let folder = "";
let signals: string[] = [];
const signal = (name: string): void => void signals.push(name);
const arm = (env: Record<string, string>): void => armFailpoints({ env, pid: 7, signal });
const notes = (): string[] => readFileSync(join(folder, "notes"), "utf8").trim().split("\n");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kelpie-failpoint-"));
  signals = [];
});
afterEach(() => {
  arm({});
  rmSync(folder, { recursive: true, force: true });
});

test("a process that was not started to fail passes every place", () => {
  arm({});
  failpoint("db.commit.before");
  expect(signals).toEqual([]);
});

test("it dies at the n-th passing of its place and of no other, once", () => {
  arm({ KELPIE_FAILPOINT: "db.commit.after@2" });
  failpoint("db.commit.after");
  failpoint("db.commit.before");
  expect(signals).toEqual([]);
  failpoint("db.commit.after");
  failpoint("db.commit.after");
  expect(signals).toEqual(["SIGKILL"]);
});

test("it stops where it was told to stop", () => {
  arm({ KELPIE_FAILPOINT: "turn.taken@1:SIGSTOP" });
  failpoint("turn.taken");
  expect(signals).toEqual(["SIGSTOP"]);
});

test("it notes each place once, and its end before it comes", () => {
  arm({ KELPIE_FAILPOINT: "turn.told@2", KELPIE_FAILPOINT_NOTES: join(folder, "notes") });
  failpoint("turn.taken");
  failpoint("turn.taken");
  failpoint("turn.told");
  failpoint("turn.told");
  expect(notes()).toEqual(["passed turn.taken 7", "passed turn.told 7", "killed turn.told 7"]);
});

test("a child is armed only by what is handed to it", () => {
  expect(failpointVariables({ PATH: "/bin" })).toEqual({});
  expect(failpointVariables({ PATH: "/bin", KELPIE_FAILPOINT: "host.ready@1" })).toEqual({
    KELPIE_FAILPOINT: "host.ready@1",
  });
});

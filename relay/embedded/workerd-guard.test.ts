import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identify, isSameAlive, type ProcessIdentity } from "./process-identity.ts";
import { allGone } from "./test/started.ts";
import { DataHeldError, takeDataFolder } from "./workerd-guard.ts";

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "kelpie-guard-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

test("ends the workerd that a killed owner left", async () => {
  const [owner, workerd] = [await live("owner"), await live("workerd")];
  await note(owner, workerd);
  process.kill(owner.pid, "SIGKILL");
  await allGone(owner.pid);

  await takeDataFolder(dataDir);

  await allGone(workerd.pid);
  expect(JSON.parse(await readFile(join(dataDir, "workerd.pid"), "utf8"))).toMatchObject({
    owner: { pid: process.pid },
    workerd: null,
  });
});

test("spares a process that only inherited the number", async () => {
  const [owner, stranger] = [await live("owner"), await live("workerd")];
  await note(owner, { ...stranger, started: "long ago" });
  process.kill(owner.pid, "SIGKILL");
  await allGone(owner.pid);

  await takeDataFolder(dataDir);

  expect(isSameAlive(stranger)).toBe(true);
});

test("spares a process that is no workerd", async () => {
  const [owner, other] = [await live("owner"), await live("editor")];
  await note(owner, other);
  process.kill(owner.pid, "SIGKILL");
  await allGone(owner.pid);

  await takeDataFolder(dataDir);

  expect(isSameAlive(other)).toBe(true);
});

test("leaves the folder to an owner that lives", async () => {
  const [owner, workerd] = [await live("owner"), await live("workerd")];
  await note(owner, workerd);

  await expect(takeDataFolder(dataDir)).rejects.toBeInstanceOf(DataHeldError);

  expect(isSameAlive(workerd)).toBe(true);
});

test("a note that was cut short is no note", async () => {
  await writeFile(join(dataDir, "workerd.pid"), '{"owner":{"pid":');

  await takeDataFolder(dataDir);

  expect(await readFile(join(dataDir, "workerd.pid"), "utf8")).toContain(`"pid":${process.pid}`);
});

async function live(word: string): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)", word], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  await once(child.stdout, "data");
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error("the process did not start");
  return identity;
}

async function note(owner: ProcessIdentity, workerd: ProcessIdentity): Promise<void> {
  await writeFile(join(dataDir, "workerd.pid"), JSON.stringify({ owner, workerd }));
}

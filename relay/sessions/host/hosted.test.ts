// A real host process with the real demo agent: its agent goes on without a relay, and the next one hears everything once.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCatalog } from "../../agents/catalog.ts";
import { MARK_NAME } from "../../agents/marked-processes.ts";
import type { AgentDriver, AgentEvent, AgentProcess, Logged } from "../../agents/driver.ts";
import { readStartTime } from "../../agents/process-group.ts";
import { systemClock } from "../../clock.ts";
import { connectHost } from "./host-link.ts";
import { hostedDriver, sweepHosts } from "./hosted-driver.ts";

type Event = AgentEvent & Logged;

let root = "";
let mark = "";
const opened: AgentProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kelpie-host-"));
  mark = root;
  mkdirSync(join(root, "work"));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((process) => process.close()));
  rmSync(root, { recursive: true, force: true });
});

async function driverOf({ aloneMs, paceMs = 5 }: { aloneMs?: number; paceMs?: number } = {}): Promise<AgentDriver> {
  const catalog = {
    env: { PATH: process.env["PATH"] ?? "" },
    home: root,
    execPath: process.execPath,
    demoPaceMs: paceMs,
  };
  const inner = await createCatalog({ ...catalog, now: Date.now }).driver("demo");
  if (inner === undefined) throw new Error("no demo agent");
  const place = { dir: join(root, "hosts"), socketDir: root };
  return hostedDriver(inner, { place, catalog, clock: systemClock, ...(aloneMs === undefined ? {} : { aloneMs }) });
}

async function open(driver: AgentDriver): Promise<AgentProcess> {
  const agent = await driver.open({
    cwd: join(root, "work"),
    env: { PATH: process.env["PATH"] ?? "", [MARK_NAME]: mark },
  });
  opened.push(agent);
  return agent;
}

async function adopt(driver: AgentDriver, from: AgentProcess, at: number): Promise<AgentProcess> {
  const { host, pid } = from;
  if (host === undefined || driver.adopt === undefined) throw new Error("no host");
  const agent = await driver.adopt({ host, from: at, pid, pidStart: await readStartTime(pid), mark });
  opened.push(agent);
  return agent;
}

const say = (agent: AgentProcess, text: string, turn: number) => agent.prompt([{ type: "text", text }], turn);
const wordsOf = (event: Event): string =>
  event.type === "update" &&
  event.params.update.sessionUpdate === "agent_message_chunk" &&
  event.params.update.content.type === "text"
    ? event.params.update.content.text
    : "";

/** Takes events until one fits, and the words among them. */
async function until(events: AsyncIterator<Event>, fits: (event: Event) => boolean) {
  let words = "";
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`no such event after: ${words}`);
    words += wordsOf(value);
    if (fits(value)) return { event: value, words };
  }
}

/** Reads the rest, so that turns end; resolves with the words. */
async function drain(events: AsyncIterator<Event>): Promise<string> {
  let words = "";
  for (let next = await events.next(); next.done !== true; next = await events.next()) words += wordsOf(next.value);
  return words;
}

const numbers = (words: string): number[] => [...words.matchAll(/\b(\d+)\b/g)].map(([digits]) => Number(digits));

test("R13 an agent goes on while the relay is gone, and the next relay hears the rest of the turn once, from its offset on", async () => {
  const driver = await driverOf();
  const first = await open(driver);
  const events = first.events[Symbol.asyncIterator]();
  say(first, "stream 300", 1).catch(() => undefined);
  const { event, words: before } = await until(events, (each) => wordsOf(each).includes("40"));
  first.leave?.();

  const second = await adopt(driver, first, event.at ?? 0);
  expect(second.pid).toBe(first.pid);
  // The crash may have come before the prompt arrived: it is said again, and is not begun again.
  const turn = say(second, "stream 300", 1);
  const rest = drain(second.events[Symbol.asyncIterator]());
  expect(await turn).toMatchObject({ stop: "end_turn" });
  await second.close();
  const after = numbers(await rest);
  const all = [...numbers(before), ...after];
  expect(after[0]).toBe((numbers(before).at(-1) ?? 0) + 1);
  expect(all.slice(-300)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
});

test("R12 a host that is gone is read to the end of its log, and its agent does not outlive it", async () => {
  const driver = await driverOf();
  const first = await open(driver);
  const events = first.events[Symbol.asyncIterator]();
  say(first, "stream 100000", 1).catch(() => undefined);
  const { event } = await until(events, (each) => wordsOf(each).includes("20"));
  first.leave?.();
  if (first.host === undefined) throw new Error("no host");
  process.kill(first.host.pid, "SIGKILL");
  while ((await readStartTime(first.host.pid)) === first.host.start) await new Promise(setImmediate);

  const second = await adopt(driver, first, event.at ?? 0);
  const rest: Event[] = [];
  for await (const each of second.events) rest.push(each);
  expect(rest.at(-1)).toMatchObject({ type: "ended", expected: false });
  await expect(say(second, "more", 2)).rejects.toMatchObject({ code: "E_AGENT" });
  expect(await readStartTime(first.pid)).toBeUndefined();
});

test("R12 a process that only has the pid of a host is not taken for it, nor ended, and the agent is", async () => {
  const driver = await driverOf();
  const first = await open(driver);
  if (first.host === undefined) throw new Error("no host");
  first.leave?.();
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  try {
    const { pid = 0 } = other;
    const pidStart = await readStartTime(first.pid);
    const second = await driver.adopt?.({ host: { ...first.host, pid }, from: 0, pid: first.pid, pidStart, mark });
    if (second === undefined) throw new Error("no host");
    opened.push(second);
    expect(second.openWaits).toBeUndefined();
    expect(await readStartTime(first.pid)).toBeUndefined();
    await second.close();
    expect(await readStartTime(pid)).toBeDefined();
  } finally {
    other.kill("SIGKILL");
  }
});

test("an open question outlives the relay, and the next one's answer reaches the agent", async () => {
  const driver = await driverOf();
  const first = await open(driver);
  const events = first.events[Symbol.asyncIterator]();
  say(first, "ask", 1).catch(() => undefined);
  const { event } = await until(events, ({ type }) => type === "wait");
  first.leave?.();
  if (event.type !== "wait") throw new Error("no wait");

  const second = await adopt(driver, first, event.at ?? 0);
  expect(second.openWaits).toEqual([event.wait.key]);
  const turn = say(second, "ask", 1);
  const rest = drain(second.events[Symbol.asyncIterator]());
  await second.answer(event.wait.key, { choices: [[0]] });
  expect(await turn).toMatchObject({ stop: "end_turn" });
  await second.close();
  expect((await rest).length).toBeGreaterThan(0);
});

test("a host without a relay ends its agent after its time, and its log says so", async () => {
  const driver = await driverOf({ aloneMs: 1_500 });
  const first = await open(driver);
  first.leave?.();
  const { host, pid } = first;
  if (host === undefined) throw new Error("no host");
  while ((await readStartTime(host.pid)) === host.start) await new Promise(setImmediate);
  expect(await readStartTime(pid)).toBeUndefined();
  const second = await adopt(driver, first, 0);
  const rest: Event[] = [];
  for await (const each of second.events) rest.push(each);
  expect(rest.map(({ type }) => type).slice(-2)).toEqual(["note", "ended"]);
});

test("R12 who does not know its nonce learns and does nothing", async () => {
  const agent = await open(await driverOf());
  if (agent.host === undefined) throw new Error("no host");
  await expect(connectHost({ ...agent.host, nonce: "x".repeat(agent.host.nonce.length) })).rejects.toMatchObject({
    code: "E_OFFLINE",
  });
  await expect(connectHost({ ...agent.host, nonce: "" })).rejects.toMatchObject({ code: "E_OFFLINE" });
});

test("an agent that dies is reported in its own last words: its host outlives it to write them", async () => {
  const agent = await open(await driverOf());
  say(agent, "crash", 1).catch(() => undefined);
  const rest: Event[] = [];
  for await (const each of agent.events) rest.push(each);
  expect(rest.at(-1)).toMatchObject({ type: "ended", expected: false, report: { signal: "SIGKILL" } });
});

test("a relay that is killed while it ends an agent leaves a next one to read that end", async () => {
  const driver = await driverOf();
  const first = await open(driver);
  if (first.host === undefined) throw new Error("no host");
  const caller = await connectHost(first.host);
  void caller.call({ t: "close" }).catch(() => undefined);
  first.leave?.();
  caller.close();
  while ((await readStartTime(first.host.pid)) === first.host.start) await new Promise(setImmediate);
  const second = await adopt(driver, first, 0);
  const rest: Event[] = [];
  for await (const each of second.events) rest.push(each);
  expect(rest.at(-1)).toMatchObject({ type: "ended", expected: true });
});

test("an agent that cannot be opened is refused in its words, and nothing of its host is left", async () => {
  const driver = await driverOf();
  const refused = driver.open({ cwd: join(root, "nowhere"), env: { [MARK_NAME]: mark } });
  await expect(refused).rejects.toMatchObject({ code: "E_AGENT", data: { reason: "folder-missing" } });
  expect(readdirSync(join(root, "hosts"))).toEqual([]);
});

test("an opening that is given up leaves nothing", async () => {
  const driver = await driverOf();
  const abort = new AbortController();
  const opening = driver.open({ cwd: join(root, "work"), env: { [MARK_NAME]: mark }, signal: abort.signal });
  abort.abort();
  await expect(opening).rejects.toMatchObject({ code: "E_AGENT" });
  expect(readdirSync(join(root, "hosts"))).toEqual([]);
});

test("what hosts of no living session have left is swept", async () => {
  const agent = await open(await driverOf());
  if (agent.host === undefined) throw new Error("no host");
  const place = { dir: join(root, "hosts"), socketDir: root };
  sweepHosts(place, new Set([agent.host.dir]));
  expect(readdirSync(place.dir)).toHaveLength(1);
  await agent.close();
  sweepHosts(place, new Set());
  expect(readdirSync(place.dir)).toEqual([]);
});

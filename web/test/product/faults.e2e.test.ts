import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionId } from "../../../schema/index.ts";
import { until } from "../../../relay/house/product.ts";
import { commandOf as wordsOf, isAlive } from "../../../relay/house/processes.ts";
import type { Device } from "../device.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";
import { JumpClock } from "./jump-clock.ts";
import {
  bubble,
  commandOf,
  deliveries,
  endedTurns,
  interruptions,
  journalProse,
  lineNumbers,
  openWorld,
  prose,
  stateOf,
  upTo,
  type World,
} from "./world.ts";

/** Long enough that a fault comes in the middle. */
const LINES = 150;
const DAY_MS = 24 * 3_600_000;
const STREAM = `stream ${LINES}`;

let world: World;
let device: Device;

beforeAll(async () => {
  world = await openWorld({ demoPaceMs: 10 });
  device = await world.device();
});
afterAll(() => world.close());

async function midStream(watcher: Device = device): Promise<SessionId> {
  const session = await world.begin(watcher, STREAM);
  await watcher.waitFor(() => lineNumbers(prose(watcher, session)).length >= 20);
  expect(endedTurns(watcher, session)).toEqual([]);
  return session;
}

function agents(): readonly number[] {
  return world.product.processes().filter((pid) => wordsOf(pid).endsWith("relay/agents/demo/agent.ts"));
}

function hosts(): readonly number[] {
  return world.product.processes().filter((pid) => wordsOf(pid).endsWith("relay/sessions/host/main.ts"));
}

/** The agent of the session that streams now: the newest one. */
function newestAgent(): number {
  return Math.max(...agents());
}

async function showsTheJournal(session: SessionId): Promise<void> {
  const said = await journalProse(world, session);
  await device.waitFor(() => prose(device, session) === said);
}

async function endsWhole(session: SessionId): Promise<void> {
  await device.waitFor(() => endedTurns(device, session).length === 1);
  expect(lineNumbers(prose(device, session))).toEqual(upTo(LINES));
  await showsTheJournal(session);
  expect(await interruptions(world, session)).toBe(0);
}

test("a silent cut of 60 s: no longer live, the prompt waits here, then every line once and the prompt once", async () => {
  const proxy = await CuttableProxy.to(world.product.url);
  const clock = new JumpClock();
  try {
    const phone = await world.device("behind the proxy", { dial: proxy.dial, post: proxy.post, clock });
    const session = await midStream(phone);
    proxy.cut();
    await clock.advance(45_000);
    await phone.waitFor(() => ["stale", "offline"].includes(phone.view().live));
    const shown = lineNumbers(prose(phone, session)).length;
    commandOf(await phone.prompt(session, "stream 7"));
    await phone.waitFor(() => bubble(phone, session, "stream 7")?.delivery === "device");
    await clock.advance(15_000);
    expect(bubble(phone, session, "stream 7")?.delivery).toBe("device");
    expect(lineNumbers(prose(phone, session)).length).toBe(shown);
    proxy.heal();
    phone.core.reconnect();
    await clock.advance(3_000);
    await phone.waitFor(() => phone.view().live === "live");
    await phone.waitFor(() => bubble(phone, session, "stream 7")?.delivery === "agent");
    await phone.waitFor(() => endedTurns(phone, session).length === 2);
    expect(lineNumbers(prose(phone, session))).toEqual([...upTo(LINES), ...upTo(7)]);
    expect(await deliveries(world, session, "stream 7")).toEqual([1, 1]);
  } finally {
    await proxy.close();
  }
});

test("a phone whose clock is a day behind, then a day ahead, still has its prompts taken", async () => {
  const days = -1;
  const clock = new JumpClock();
  clock.jump(days * DAY_MS);
  const phone = await world.device(`off by ${days}`, { clock });
  const session = await world.begin(phone, "stream 2");
  await phone.waitFor(() => endedTurns(phone, session).length === 1);
  clock.jump(-2 * days * DAY_MS);
  // What the phone knows of the machine's clock is from before the jump; the next proof of life mends it.
  phone.core.reconnect();
  await clock.advance(31_000);
  await phone.waitFor(() => Math.abs((phone.core.view().machines[0]?.clockOffsetMs ?? 0) - days * DAY_MS) < 60_000);
  commandOf(await phone.prompt(session, "stream 3"));
  await phone.waitFor(() => bubble(phone, session, "stream 3")?.delivery === "agent");
  await phone.waitFor(() => endedTurns(phone, session).length === 2);
  expect(phone.view().live).toBe("live");
});

test.each([-2, 2])("a phone whose clock is off by %i days when it pairs is obeyed all the same", async (days) => {
  const clock = new JumpClock();
  clock.jump(days * DAY_MS);
  const phone = await world.device(`paired off by ${days}`, { clock });
  await phone.waitFor(() => phone.view().live === "live");
  const session = await world.begin(phone, "stream 2 fast");
  await phone.waitFor(() => endedTurns(phone, session).length === 1);
  expect(phone.view().live).toBe("live");
});

test("kill -9 of workerd in a stream: it comes back, the session runs on, no line is lost or twice", async () => {
  const session = await midStream();
  const before = world.product.workerdPid();
  process.kill(before, "SIGKILL");
  await until("another workerd", () => ![0, before].includes(world.product.workerdPid()));
  device.core.reconnect();
  await endsWhole(session);
  await device.waitFor(() => device.view().live === "live");
  expect(isAlive(before)).toBe(false);
});

test("kill -9 of the Worker's Node process in a stream: the relay starts it again, nothing is lost", async () => {
  const session = await midStream();
  const before = [world.product.embeddedPid(), world.product.workerdPid()];
  process.kill(before[0] ?? 0, "SIGKILL");
  commandOf(await device.prompt(session, "stream 5"));
  await until(
    "another Worker",
    () => !before.includes(world.product.embeddedPid()) && isAlive(world.product.embeddedPid()),
  );
  expect(before.filter(isAlive)).toEqual([]);
  device.core.reconnect();
  await device.waitFor(() => endedTurns(device, session).length === 2);
  expect(lineNumbers(prose(device, session))).toEqual([...upTo(LINES), ...upTo(5)]);
  expect(await deliveries(world, session, "stream 5")).toEqual([1, 1]);
  await showsTheJournal(session);
});

test("kill -9 of the agent in a stream: interrupted once, no copy of it left, resume works", async () => {
  const session = await midStream();
  const agent = newestAgent();
  const others = agents().length - 1;
  process.kill(agent, "SIGKILL");
  await device.waitFor(() => stateOf(device, session) === "interrupted");
  await showsTheJournal(session);
  expect(await interruptions(world, session)).toBe(1);
  expect(agents()).toHaveLength(others);
  commandOf(await device.calls.resumeSession(device.machine, session));
  await device.waitFor(() => stateOf(device, session) === "idle");
  expect(agents()).toHaveLength(others + 1);
  const shown = lineNumbers(prose(device, session)).length;
  commandOf(await device.prompt(session, "stream 3"));
  await device.waitFor(() => lineNumbers(prose(device, session)).length === shown + 3);
  expect(await interruptions(world, session)).toBe(1);
});

test("R13 kill -9 of the relay in a stream: its agent goes on, the next start finds it, every line is there once", async () => {
  const session = await midStream();
  const agent = newestAgent();
  await world.product.kill();
  commandOf(await device.prompt(session, "stream 6"));
  await device.waitFor(() => bubble(device, session, "stream 6")?.delivery === "device");
  expect(isAlive(agent)).toBe(true);
  await world.product.restart();
  device.core.reconnect();
  await device.waitFor(() => device.view().live === "live");
  await device.waitFor(() => endedTurns(device, session).length === 2);
  expect(lineNumbers(prose(device, session))).toEqual([...upTo(LINES), ...upTo(6)]);
  expect(await deliveries(world, session, "stream 6")).toEqual([1, 1]);
  expect(await interruptions(world, session)).toBe(0);
  expect(isAlive(agent)).toBe(true);
  await showsTheJournal(session);
});

test("R12 kill -9 of the relay and of what keeps its agents: nothing of it stays, the next start interrupts once", async () => {
  const session = await midStream();
  await world.product.kill();
  for (const host of hosts()) process.kill(host, "SIGKILL");
  await until("no process of it", () => world.product.processes().length === 0);
  commandOf(await device.prompt(session, "stream 6"));
  await device.waitFor(() => bubble(device, session, "stream 6")?.delivery === "device");
  await world.product.restart();
  device.core.reconnect();
  await device.waitFor(() => device.view().live === "live");
  await device.waitFor(() => bubble(device, session, "stream 6")?.delivery === "agent");
  // Idle is also what it is between its start and its turn.
  await device.waitFor(() => stateOf(device, session) === "idle" && lineNumbers(prose(device, session)).at(-1) === 6);
  expect(await interruptions(world, session)).toBe(1);
  expect(await deliveries(world, session, "stream 6")).toEqual([1, 1]);
  const lines = lineNumbers(prose(device, session));
  const cut = lines.length - 6;
  expect(lines).toEqual([...upTo(cut), ...upTo(6)]);
  expect(cut).toBeGreaterThanOrEqual(20);
  await showsTheJournal(session);
  expect(agents()).toHaveLength(1);
});

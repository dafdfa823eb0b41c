import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { randomId, type SessionId } from "../../schema/index.ts";
import { startWorker, type TestWorker } from "../../worker/test/harness.ts";
import { createDevice, type Device } from "./device.ts";
import { HubRelay } from "./hub-relay.ts";
import { said } from "./pretend-relay.ts";

let worker: TestWorker;
let machine: HubRelay;
const devices: Device[] = [];

beforeAll(async () => {
  worker = await startWorker();
  machine = await HubRelay.claimed(worker);
  await machine.connect();
});
afterEach(() => {
  for (const device of devices.splice(0)) device.stop();
});
afterAll(() => worker.stop());

async function paired(): Promise<Device> {
  const device = await createDevice({ origin: worker.url });
  devices.push(device);
  await device.pair(await machine.link());
  return device;
}

function prose(device: Device, session: SessionId): string {
  return device
    .entries(session)
    .flatMap((entry) => (entry.kind === "prose" ? [entry.text] : []))
    .join("|");
}

test("a device pairs through the real hub, is live, shows a head and streams records", async () => {
  const device = await paired();
  await device.waitFor(() => device.view().live === "live");
  const session = randomId<SessionId>();
  await machine.append(session, said("hello ", "1"));
  await machine.head(session);
  await device.waitFor(() => device.view().sessions.some((row) => row.session === session));
  await device.watch(session);
  await device.waitFor(() => prose(device, session) === "hello ");
  await machine.append(session, said("world", "1"));
  await device.waitFor(() => prose(device, session) === "hello world");
  const accepted = await device.prompt(session, "again");
  expect(accepted.ok).toBe(true);
  await device.waitFor(() => device.entries(session).some((e) => e.kind === "user" && e.delivery === "machine"));
});

test("a Worker that restarts in the middle of a stream costs no record and shows none twice", async () => {
  const device = await paired();
  const session = randomId<SessionId>();
  await machine.append(session, said("a", "1"));
  await machine.head(session);
  await device.waitFor(() => device.view().sessions.some((row) => row.session === session));
  await device.watch(session);
  await device.waitFor(() => prose(device, session) === "a");
  await worker.restart();
  await machine.connect();
  await machine.append(session, said("b", "1"));
  device.core.reconnect();
  await device.waitFor(() => prose(device, session) === "ab");
  await device.waitFor(() => device.view().live === "live");
  expect(device.entries(session).filter(({ kind }) => kind === "prose")).toHaveLength(1);
});

test("S8 a device revoked by one machine while it was away learns it there, and goes on with the other", async () => {
  const other = await HubRelay.enrolled(worker, machine);
  await other.connect();
  const before = await paired();
  await before.pair(await other.link());
  const [d] = [...other.relay.devices.keys()];
  if (d === undefined) throw new Error("not paired");
  before.stop();
  other.revoke(d);
  const db = await worker.miniflare.getD1Database("DB");
  const granted = db.prepare("SELECT kid FROM grants WHERE m = ?").bind(other.relay.m);
  await vi.waitFor(async () => expect((await granted.all()).results).toEqual([]), 10_000);

  const device = await createDevice({ origin: worker.url, store: before.store });
  devices.push(device);
  const viewOf = ({ relay }: HubRelay) => device.view().machines.find(({ machine: id }) => id === relay.m);
  await device.waitFor(() => viewOf(other)?.refused === "revoked");
  await device.waitFor(() => viewOf(machine)?.liveness.status === "live");
  expect(viewOf(machine)?.refused).toBeNull();
  expect(device.view().live).toBe("live");
});

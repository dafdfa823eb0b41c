// R17: what is left when D1, the registry, is not there.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROUTES, SUBPROTOCOL, TOKEN_SUBPROTOCOL } from "../schema/index.ts";
import { FakeDevice, range, seqsOf, sub } from "./test/fake-device.ts";
import { FakeRelay } from "./test/fake-relay.ts";
import { FakeSocket, type RefusedUpgrade } from "./test/fake-socket.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

let worker: TestWorker;
let relay: FakeRelay;
let uplink: FakeSocket;
let device: FakeDevice;

beforeAll(async () => {
  worker = await startWorker();
  relay = await FakeRelay.claimed(worker);
  uplink = await relay.connect();
  device = await FakeDevice.create(worker);
  await relay.grant(uplink, device);
});
afterAll(() => worker.stop());

/** Runs while neither machines nor grants can be read or written. */
async function withoutRegistry(run: () => Promise<void>): Promise<void> {
  const db = await worker.miniflare.getD1Database("DB");
  const tables = ["machines", "grants", "owner", "tickets"];
  for (const name of tables) await db.prepare(`ALTER TABLE ${name} RENAME TO gone_${name}`).run();
  try {
    await run();
  } finally {
    for (const name of tables) await db.prepare(`ALTER TABLE gone_${name} RENAME TO ${name}`).run();
  }
}

const statusOf = (opening: Promise<FakeSocket>): Promise<number> =>
  opening.then(
    () => 101,
    (error: RefusedUpgrade) => error.status,
  );

test("R17 without the registry nobody new gets in, by whatever they hold, and the answer tells nothing", async () => {
  const [deviceToken, relayToken] = [await device.token(), await relay.token()];
  const bearer = { Authorization: `Bearer ${relayToken}` };
  const other = await FakeRelay.create(worker);
  await withoutRegistry(async () => {
    const protocols = [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL}${deviceToken}`];
    const url = worker.socketUrl(relay.m);
    expect(await statusOf(FakeSocket.open(url, protocols, { Origin: worker.url }))).toBe(500);
    expect(await statusOf(FakeSocket.open(url, [SUBPROTOCOL], bearer))).toBe(500);
    const refused = [
      await worker.post(ROUTES.token, { proof: await relay.proof() }),
      await worker.post(ROUTES.enrolTicket, {}, bearer),
      await other.claim(),
      await fetch(`${worker.url}${ROUTES.machine(relay.m)}`, { method: "DELETE", headers: bearer }),
    ];
    for (const response of refused) {
      expect([response.status, await response.text()]).toEqual([500, '{"code":"E_INTERNAL"}']);
    }
  });
  expect(await device.token()).toContain(".");
});

test("R17 without the registry those who are here go on: records, documents' cursor and commands", async () => {
  const phone = await device.connect(relay);
  await withoutRegistry(async () => {
    const { s, frames } = await relay.session(3);
    phone.say(sub([[s, 0]]));
    uplink.send(...frames);
    await uplink.hear("ack", ({ list }) => list.some(([each, q]) => each === s && q === 3));
    await phone.until("the records", () => seqsOf(phone, s).length === 3);
    expect(seqsOf(phone, s)).toEqual(range(1, 3));
    phone.send(await device.command(relay, 1));
    await phone.hear("queued", ({ ctr }) => ctr === 1);
    await uplink.until("the command", () => uplink.frames.find(({ name }) => name === "CMD"));
  });
  await phone.close();
});

// The end of a device's power (S8), what a Worker learns (S4, S18), and a Worker that floods.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { randomBytes } from "../../../schema/index.ts";
import { bubble, prose } from "../../../web/test/product/world.ts";
import { until } from "../../house/product.ts";
import type { Strategy } from "./malicious-worker.ts";
import { idle, settled, stageForFile } from "./stage.ts";
import { bytesOf, controlName, controlSaid, frameSaid } from "./wire.ts";

const stage = stageForFile();

/** Never tells the hub of new grants, so the revoked device stays connected, and its frames keep passing. */
const HIDES_REVOCATION: Strategy = {
  name: "hides the revocation",
  onMessage: (direction, said) => (direction === "relay>hub" && controlName(said) === "grants" ? [] : [said]),
};

test("S8 after a revocation that the Worker hides no frame of the device has an effect, and no new record opens", async () => {
  const { worker, machine } = stage;
  const [owner, lost] = [await stage.phone(), await stage.phone()];
  const session = await stage.session(owner);
  await lost.device.core.watch(machine.id, session);
  await idle(lost.device, session, 1);
  await lost.device.prompt(session, "while trusted");
  await idle(owner.device, session, 2);
  worker.strategy = HIDES_REVOCATION;
  const line = worker.lineOf(lost.d);
  await owner.device.calls.revokeDevice(machine.id, lost.d);
  expect(machine.stateOf(lost.d)).toBe("revoked");
  const [effects, standing, epoch] = [machine.effects(), machine.standing(), machine.relay.core.trust.epochs.current()];
  expect(line.closeCode).toBeNull();
  await lost.device.prompt(session, "after the end");
  await until("the hub took it", () => bubble(lost.device, session, "after the end")?.delivery === "stored");
  const old = worker.captured.flatMap(({ said, line: { kid } }) =>
    said.kind === "frame" && said.frame.name === "CMD" && kid === lost.d ? [said.frame.bytes] : [],
  );
  await machine.receive(old);
  expect([machine.effects(), machine.standing()]).toEqual([effects, standing]);

  const seen = prose(lost.device, session);
  await owner.device.prompt(session, "among those who remain");
  await idle(owner.device, session, 3);
  const records = worker.captured.flatMap(({ said, direction, line: { kid } }) =>
    direction === "hub>device" && said.kind === "frame" && said.frame.name === "EVT" && kid === lost.d
      ? [said.frame]
      : [],
  );
  await until("the records are there", () => records.length > 0);
  expect(prose(lost.device, session)).toBe(seen);
  const newest = worker.frames("relay>hub", "EVT").at(-1);
  expect(newest?.header.epoch).toBe(epoch);
  const [row] = await lost.device.store.machines();
  expect(row?.keyring.epochs.map(([e]) => e)).not.toContain(epoch);
  expect(
    worker.frames("relay>hub", "KEYRING").filter(({ header }) => header.d === lost.d && header.cur >= epoch),
  ).toEqual([]);
});

const CANARY = "canary-7d1f";

test("S4 nothing a person or an agent said is in what passed through the Worker, or in what it has stored", async () => {
  const { worker, machine } = stage;
  const owner = await stage.phone();
  const session = await stage.session(owner, `${CANARY} prompt`);
  await owner.device.calls.renameDevice(machine.id, owner.d, `${CANARY} device`);
  await machine.relay.commands.desk("session.prompt", {
    s: session,
    blocks: [{ type: "text", text: `${CANARY} desk` }],
  });
  await idle(owner.device, session, 2);
  expect(prose(owner.device, session)).toContain(CANARY);
  // What a machine says of itself, it says again.
  await machine.reconnect();
  const forms = [CANARY, Buffer.from(CANARY).toString("base64").slice(0, -2), machine.folder];
  const passed = Buffer.concat([
    ...worker.captured.map(({ said }) => bytesOf(said)),
    ...worker.asked.map(({ path, headers, body }) => Buffer.from(path + JSON.stringify(headers) + body.toString())),
  ]);
  const stored = filesBelow(worker.real.folder).map((file) => readFileSync(file));
  for (const form of forms) {
    expect(passed.includes(form), form).toBe(false);
    for (const bytes of stored) expect(bytes.includes(form), form).toBe(false);
  }
  expect(passed.length).toBeGreaterThan(10_000);
  expect(stored.length).toBeGreaterThan(0);
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("S18 no secret stands in an address or a Referer, whatever was asked", async () => {
  const { worker, machine } = stage;
  const link = await machine.link();
  const { device } = await stage.stranger();
  await device.pair(link, "phone");
  await settled(device);
  const secret = /#1\.([\w-]+)\./.exec(link)?.[1] ?? "";
  expect(secret.length).toBe(43);
  const tokens = worker.asked.flatMap(({ headers }) => [
    ...(/kelpie\.token\.(\S+)/.exec(headers["sec-websocket-protocol"] ?? "")?.slice(1) ?? []),
    ...(/^Bearer (\S+)$/.exec(headers.authorization ?? "")?.slice(1) ?? []),
  ]);
  expect(tokens.length).toBeGreaterThan(1);
  for (const { path, headers } of worker.asked) {
    for (const each of [secret, worker.real.claimToken, ...tokens]) expect(path).not.toContain(each);
    expect(headers.referer).toBeUndefined();
    expect(path).toMatch(/^\/v1\/[a-z/-]+(?:\/[\w-]{22})?$/);
  }
});

test("a Worker that floods and talks nonsense stops neither machine nor device", async () => {
  const { worker, machine } = stage;
  const owner = await stage.phone();
  const session = await stage.session(owner);
  const noise = Array.from({ length: 200 }, (_, index) => frameSaid(randomBytes(1 + ((index * 37) % 2000))));
  const words = ["{}", "[", "null", '{"t":"heads"}', '{"t":"going","afterMs":-1}', `{"t":"${"x".repeat(70_000)}"}`];
  worker.lineOf(owner.d).toPeer(...noise, ...words.map((text) => ({ kind: "text", text }) as const));
  worker.lineOf(machine.id).toPeer(...noise, controlSaid({ t: "watch", list: Array(300).fill([owner.d, "x"]) }));
  for (const text of words) {
    await machine.online();
    if (worker.lines("relay").length > 0) worker.lineOf(machine.id).toPeer({ kind: "text", text });
  }
  await machine.online();
  owner.device.core.reconnect();
  await owner.device.prompt(session, "still here?");
  await idle(owner.device, session, 2);
  expect(machine.effects().at(-1)).toBe("prompt still here?");
});

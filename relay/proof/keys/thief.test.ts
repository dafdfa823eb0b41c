// S26: somebody holds the Worker's token key and writes its registry as he likes. He gets in, in any role, and gets nothing.
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import {
  deviceIdOf,
  digestOf,
  encodePlain,
  exportPublic,
  fromB64,
  generateSigningPair,
  hashOf,
  importSecret,
  isFrame,
  jwkOfPoint,
  MACHINE_SESSION,
  NO_BOOT,
  openFrame,
  packMessage,
  pairwiseKeys,
  parseFrame,
  randomBytes,
  ROUTES,
  sealFrame,
  signChannel,
  SUBPROTOCOL,
  toB64,
  unpackMessage,
  type AnyFrame,
  type Bytes,
  type DeviceId,
  type Frame,
  type KeyPair,
  type MachineId,
} from "../../../schema/index.ts";
import type { Device } from "../../../web/test/device.ts";
import { KeyWorld, until, type RelayAtWork } from "./key-world.ts";

let world: KeyWorld;
let at: RelayAtWork;
let device: Device;

beforeAll(async () => {
  world = await KeyWorld.open();
  at = await world.relay();
  device = await world.device(at);
});
afterAll(() => world.stop());

/** A socket that the thief opened: proven with his own key, in the role he chose. */
interface Stolen {
  readonly socket: WebSocket;
  readonly frames: AnyFrame[];
  readonly texts: string[];
}

const machine = (): MachineId => at.relay.core.identity.machine;

async function token(sub: string, role: string): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: "HS256", typ: "kelpie-at+jwt" })
    .setIssuer(world.worker.url)
    .setAudience(world.worker.url)
    .setSubject(sub)
    .setJti(toB64(randomBytes(16)))
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(fromB64(world.worker.tokenKey) ?? new Uint8Array(0));
}

async function connect(role: "relay" | "device", kid: string, pair: KeyPair): Promise<Stolen> {
  const jwt = await token(kid, role);
  const origin = role === "device" ? world.worker.url : "";
  const protocols = role === "device" ? [SUBPROTOCOL, `kelpie.token.${jwt}`] : [SUBPROTOCOL];
  const options = role === "device" ? { origin } : { headers: { authorization: `Bearer ${jwt}` } };
  const socket = new WebSocket(world.worker.url.replace("http", "ws") + ROUTES.socket(machine()), protocols, options);
  const stolen: Stolen = { socket, frames: [], texts: [] };
  let refusal = "";
  socket.on("error", (error) => (refusal = error.message));
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) stolen.frames.push(...unpackMessage(new Uint8Array(data)).map(parseFrame));
    else void hear(data.toString());
  });
  const hear = async (text: string): Promise<void> => {
    stolen.texts.push(text);
    const message: { t: string; nonce: string; conn: string } = JSON.parse(text);
    if (message.t !== "hello") return;
    const proof = { nonce: message.nonce, conn: message.conn, machine: machine(), origin, role };
    socket.send(JSON.stringify({ t: "auth", kid, sig: await signChannel(pair.privateKey, proof), client: "thief" }));
  };
  await until("the thief is in", () => stolen.texts.some((text) => text.includes('"ready"')) || refusal !== "");
  if (refusal !== "") throw new Error(refusal);
  return stolen;
}

/** A device of the thief's own, which the registry knows and the machine does not. */
async function ownDevice(): Promise<{ d: DeviceId; pair: KeyPair }> {
  const pair = await generateSigningPair(true);
  const point = await exportPublic(pair.publicKey);
  const d = await deviceIdOf(point);
  const db = await world.worker.miniflare.getD1Database("DB");
  await db
    .prepare("INSERT INTO grants (kid, m, jwk, role, rev) VALUES (?, ?, ?, 'device', 0)")
    .bind(d, machine(), JSON.stringify(jwkOfPoint(point)))
    .run();
  return { d, pair };
}

async function command(d: DeviceId, g: number): Promise<Bytes> {
  const keys = await pairwiseKeys(await importSecret(randomBytes(32)));
  const header = { m: machine(), d, g, ctr: 9_000, exp: Date.now() + 60_000, class: 1, boot: NO_BOOT };
  return sealFrame("CMD", header, keys.cmd, encodePlain("CMD", { op: "device.revoke", args: { d } }));
}

/** He sends a command in the name of `d`, under keys of his own; resolves when the machine has dropped it. */
async function sendInVain({ socket }: Stolen, d: DeviceId): Promise<void> {
  const before = at.relay.commands.dropped();
  socket.send(packMessage([await command(d, 1)]));
  await until("the machine dropped what it heard", () => at.relay.commands.dropped() > before);
}

/** A last word on a command he cannot read, bound to its very bytes. */
async function refusal({ header, bytes }: Frame<"CMD">): Promise<Bytes> {
  const { m, d, g, ctr } = header;
  const { res } = await pairwiseKeys(await importSecret(randomBytes(32)));
  const plain = { h: await hashOf(bytes), status: "rejected", code: "E_SCOPE", hi: ctr } as const;
  return sealFrame("RES", { m, d, g, ctr, n: 0, final: 1 }, res, encodePlain("RES", plain));
}

test("S26 as a device he gets in and reads only what no key of his opens; his commands have no effect", async () => {
  const { d, pair } = await ownDevice();
  const stolen = await connect("device", d, pair);
  const nonce = toB64(randomBytes(16));
  stolen.socket.send(JSON.stringify({ t: "sub", subs: [[MACHINE_SESSION, 0]], docs: 0, nonce }));
  await until("ciphertext came", () => stolen.frames.some(({ name }) => name === "EVT" || name === "DOC"));
  await sendInVain(stolen, d);
  for (const frame of stolen.frames) {
    if (frame.name === "HOOK") throw new Error("no hook was made");
    for (let tries = 0; tries < 3; tries++) {
      expect(await openFrame(frame, await importSecret(randomBytes(32)))).toBeNull();
    }
  }
  expect(stolen.frames.filter(({ name }) => name === "KEYRING" || name === "RES")).toEqual([]);
  expect(at.relay.core.trust.list().map(({ state }) => state)).toEqual(["active"]);
  expect(at.relay.core.trust.get(d)).toBeNull();
  stolen.socket.close();
});

test("S26 under the name of a paired device, with his key in its row, he says nothing that the machine takes for its word", async () => {
  const own = device.view().machines[0]?.thisDevice;
  if (own === undefined) throw new Error("not paired");
  const pair = await generateSigningPair(true);
  const db = await world.worker.miniflare.getD1Database("DB");
  const row = await db.prepare("SELECT jwk FROM grants WHERE kid = ?").bind(own).first<{ jwk: string }>();
  const setKey = (jwk: string) => db.prepare("UPDATE grants SET jwk = ? WHERE kid = ?").bind(jwk, own).run();
  await setKey(JSON.stringify(jwkOfPoint(await exportPublic(pair.publicKey))));
  const stolen = await connect("device", own, pair);
  await setKey(row?.jwk ?? "");
  await sendInVain(stolen, own);
  expect(stolen.frames.filter(({ name }) => name === "RES")).toEqual([]);
  expect(at.relay.core.trust.list().map(({ state }) => state)).toEqual(["active"]);
  stolen.socket.close();
});

test("S26 as the relay he is heard by no device: nothing he signs counts, no command of a device opens, and the real one returns", async () => {
  const pair = await generateSigningPair(true);
  const point = await exportPublic(pair.publicKey);
  const db = await world.worker.miniflare.getD1Database("DB");
  const { riPublic } = at.relay.core.identity;
  await db.prepare("UPDATE machines SET ri = ? WHERE m = ?").bind(toB64(point), machine()).run();
  const devices = device.view().machines[0]?.devices;
  const stolen = await connect("relay", machine(), pair);
  const content = await importSecret(randomBytes(32));
  const renamed = device.calls.renameDevice(device.machine, device.view().machines[0]?.thisDevice as never, "mine");
  const heard = (): Frame<"CMD">[] => stolen.frames.filter((frame) => isFrame(frame, "CMD"));
  await until("the thief hears the command", () => heard().length > 0);
  for (const frame of heard()) {
    expect(await openFrame(frame, content)).toBeNull();
    stolen.socket.send(packMessage([await refusal(frame)]));
  }
  const header = { m: machine(), session: MACHINE_SESSION, epoch: 1, seq: 1, time: 1, prev: await digestOf("") };
  const items = encodePlain("EVT", [{ k: "note", code: "forged" }]);
  const evt = await sealFrame("EVT", header, content, items, pair.privateKey);
  stolen.socket.send(packMessage([evt]));
  await until("the hub keeps the machine's own first record", () => stolen.socket.readyState > 1);
  await db.prepare("UPDATE machines SET ri = ? WHERE m = ?").bind(toB64(riPublic), machine()).run();
  // Only the real machine's answer counts, and it comes.
  expect(await renamed).toMatchObject({ ok: true });
  await device.waitFor(() => device.view().live === "live" && device.view().alarm === null);
  expect(device.view().machines[0]?.devices.length).toBe(devices?.length);
}, 60_000);

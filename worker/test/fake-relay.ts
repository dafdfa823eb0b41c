// A relay made of the real wire and nothing else: keys, claim, token, socket, records.
import {
  contentKey,
  encodePlain,
  exportPublic,
  generateAgreementPair,
  generateSigningPair,
  genesis,
  importSecret,
  jwkOfPoint,
  machineIdOf,
  parseFrame,
  proofOfPossession,
  randomBytes,
  randomId,
  recordHash,
  ROUTES,
  sealFrame,
  signChannel,
  SUBPROTOCOL,
  toB64,
  type Bytes,
  type DocId,
  type Grant,
  type Hash,
  type KeyPair,
  type MachineId,
  type Secret,
  type SessionId,
} from "../../schema/index.ts";
import type { FakeDevice } from "./fake-device.ts";
import { FakeSocket } from "./fake-socket.ts";
import type { TestWorker } from "./harness.ts";

/** Sealed records of one session, as the relay's journal would hold them. */
export interface FakeSession {
  readonly s: SessionId;
  readonly frames: Bytes[];
}

/** One machine. */
export class FakeRelay {
  readonly worker: TestWorker;
  readonly pair: KeyPair;
  readonly ri: Bytes;
  readonly m: MachineId;
  readonly root: Secret;
  #rev = 0;

  constructor(worker: TestWorker, parts: { pair: KeyPair; ri: Bytes; m: MachineId; root: Secret }) {
    this.worker = worker;
    this.pair = parts.pair;
    this.ri = parts.ri;
    this.m = parts.m;
    this.root = parts.root;
  }

  static async create(worker: TestWorker): Promise<FakeRelay> {
    const pair = await generateSigningPair(true);
    const ri = await exportPublic(pair.publicKey);
    const root = await importSecret(randomBytes(32));
    return new FakeRelay(worker, { pair, ri, m: await machineIdOf(ri), root });
  }

  /** A claimed machine. */
  static async claimed(worker: TestWorker): Promise<FakeRelay> {
    const relay = await FakeRelay.create(worker);
    const response = await relay.claim();
    if (response.status !== 200) throw new Error(`claim: ${response.status} ${await response.text()}`);
    return relay;
  }

  nextRev(): number {
    this.#rev += 1;
    return this.#rev;
  }

  async claim(token = this.worker.claimToken): Promise<Response> {
    const wi = await exportPublic((await generateAgreementPair(true)).publicKey);
    const body = { token, ri: toB64(this.ri), wi: toB64(wi), proof: await this.proof() };
    return this.worker.post(ROUTES.claim, body);
  }

  async proof(): Promise<string> {
    const nonce = await freshNonce(this.worker);
    return proofOfPossession(this.pair.privateKey, { kid: this.m, audience: this.worker.url, nonce });
  }

  async token(): Promise<string> {
    return buyToken(this.worker, await this.proof());
  }

  /** A proven socket that has heard all heads. */
  async connect(): Promise<FakeSocket> {
    const socket = await this.dial();
    await this.prove(socket);
    await socket.hear("heads", ({ more }) => !more);
    return socket;
  }

  /** A socket that has not answered the hello. */
  async dial(token?: string): Promise<FakeSocket> {
    const bearer = token ?? (await this.token());
    return FakeSocket.open(this.worker.socketUrl(this.m), [SUBPROTOCOL], { Authorization: `Bearer ${bearer}` });
  }

  async prove(socket: FakeSocket): Promise<void> {
    const { nonce, conn } = await socket.hear("hello");
    const sig = await signChannel(this.pair.privateKey, { nonce, conn, machine: this.m, origin: "", role: "relay" });
    socket.say({ t: "auth", kid: this.m, sig, client: "test" });
    await socket.hear("ready");
  }

  /** `count` chained records of a session, the first being `from`; each holds a note of about `bytes` characters. */
  async session(count: number, bytes = 32, s = randomId<SessionId>()): Promise<FakeSession> {
    const frames: Bytes[] = [];
    let prev = await genesis(this.m, s);
    const key = await contentKey(this.root, this.m, s);
    for (let seq = 1; seq <= count; seq++) {
      const frame = await this.record({ s, seq, prev, text: "x".repeat(bytes) }, key);
      const { hdr, body } = parseFrame(frame);
      prev = await recordHash(hdr, body);
      frames.push(frame);
    }
    return { s, frames };
  }

  /** One record. */
  async record(
    of: { s: SessionId; seq: number; prev: Hash; text: string; time?: number },
    key?: Secret,
  ): Promise<Bytes> {
    const { s, seq, prev, text, time = 1_000 + of.seq } = of;
    const plain = encodePlain("EVT", [{ k: "note", code: "x", text }]);
    const sealing = key ?? (await contentKey(this.root, this.m, s));
    return sealFrame("EVT", { m: this.m, session: s, epoch: 1, seq, time, prev }, sealing, plain, this.pair.privateKey);
  }

  /** A document; `rev` counts on unless given. */
  async document(session: SessionId, doc: DocId, text: string, rev = this.nextRev()): Promise<Bytes> {
    const plain = encodePlain("DOC", { name: "x", value: text });
    const header = { m: this.m, session, doc, epoch: 1, rev, time: 1 };
    return sealFrame("DOC", header, await contentKey(this.root, this.m, session), plain, this.pair.privateKey);
  }

  async keyring(device: FakeDevice, rev = this.nextRev()): Promise<Bytes> {
    const plain = encodePlain("KEYRING", { rev });
    return sealFrame("KEYRING", { m: this.m, d: device.d, g: 1, rev, cur: 1 }, this.root, plain);
  }

  async result(device: FakeDevice, ctr: number): Promise<Bytes> {
    const header = { m: this.m, d: device.d, g: 1, ctr, n: 0, final: 1 };
    return sealFrame("RES", header, this.root, encodePlain("RES", {}));
  }

  /** Pushes grants for these devices and waits until the registry has them. */
  async grant(socket: FakeSocket, ...devices: readonly FakeDevice[]): Promise<void> {
    const list: Grant[] = devices.map((device) => ({ kid: device.d, jwk: jwkOfPoint(device.da), role: "device" }));
    const rev = this.nextRev() + Date.now();
    socket.say({ t: "grants", rev, list });
    const db = await this.worker.miniflare.getD1Database("DB");
    for (;;) {
      const row = await db.prepare("SELECT grants_rev FROM machines WHERE m = ?").bind(this.m).first("grants_rev");
      if (row === rev) return;
    }
  }
}

/** A nonce of the Worker. */
export async function freshNonce(worker: TestWorker): Promise<string> {
  const response = await worker.post(ROUTES.nonce, {});
  const body = (await response.json()) as { nonce: string };
  return body.nonce;
}

/** A token for a proof; throws with the code otherwise. */
export async function buyToken(worker: TestWorker, proof: string): Promise<string> {
  const response = await worker.post(ROUTES.token, { proof });
  const body = (await response.json()) as { token?: string; code?: string };
  if (body.token === undefined) throw new Error(`token: ${body.code}`);
  return body.token;
}

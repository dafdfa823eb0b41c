// A relay in memory for tests of the device: real keys, real frames, no process, no socket. It keeps what it sealed.
import {
  agree,
  concat,
  contentKey,
  decodePlain,
  digestOf,
  docIdOf,
  encodePlain,
  exportPublic,
  fromB64,
  generateAgreementPair,
  generateSigningPair,
  genesis,
  hashOf,
  importSecret,
  lp,
  machineIdOf,
  MACHINE_SESSION,
  openFrame,
  pair1Plain,
  pair3Plain,
  pairKeys,
  pairRootBytes,
  pairUrl,
  pairwiseKeys,
  parseFrame,
  deviceIdOf,
  commandPlain,
  randomBytes,
  randomId,
  recordHash,
  sealFrame,
  sha256,
  sign,
  toB64,
  transcriptHash,
  utf8,
  type AnyFrame,
  type BlobId,
  type BootId,
  type Bytes,
  type CommandPlain,
  type DeviceId,
  type Hash,
  type HeadDoc,
  type KeyPair,
  type MachineId,
  type PairwiseKeys,
  type ResultPlain,
  type RootId,
  type SessionId,
} from "../../schema/index.ts";

/** A device as the relay trusts it. */
export interface PretendDevice {
  readonly d: DeviceId;
  readonly da: Bytes;
  readonly name: string;
  readonly keys: PairwiseKeys;
}

/** One opened command. */
export interface OpenedCommand {
  readonly device: PretendDevice;
  readonly frame: Extract<AnyFrame, { name: "CMD" }>;
  readonly plain: CommandPlain;
}

interface OpenLink {
  readonly secret: Bytes;
  pair1: Bytes | null;
  pair2: Bytes | null;
  eR: KeyPair | null;
  answer: Bytes | null;
}

/** A session's sealed log. */
export interface PretendLog {
  readonly frames: Bytes[];
  head: Hash;
}

export class PretendRelay {
  readonly pair: KeyPair;
  readonly ri: Bytes;
  readonly m: MachineId;
  boot = randomId<BootId>();
  readonly devices = new Map<DeviceId, PretendDevice>();
  readonly logs = new Map<SessionId, PretendLog>();
  /** DOC frames by rev. */
  readonly documents: { readonly rev: number; readonly session: SessionId; readonly doc: string; frame: Bytes }[] = [];
  readonly blobs = new Map<string, Bytes>();
  readonly #links = new Map<string, OpenLink>();
  readonly #epochs = new Map<number, Bytes>();
  epoch = 1;
  rev = 1;
  #beacons = 0;

  private constructor(pair: KeyPair, ri: Bytes, m: MachineId) {
    this.pair = pair;
    this.ri = ri;
    this.m = m;
    this.#epochs.set(1, randomBytes(32));
  }

  static async create(): Promise<PretendRelay> {
    const pair = await generateSigningPair(true);
    const ri = await exportPublic(pair.publicKey);
    return new PretendRelay(pair, ri, await machineIdOf(ri));
  }

  /** A new content epoch; devices learn of it by their next keyring. */
  rotate(): void {
    this.epoch += 1;
    this.#epochs.set(this.epoch, randomBytes(32));
    this.rev += 1;
  }

  async #key(session: SessionId, epoch = this.epoch) {
    const root = this.#epochs.get(epoch) ?? randomBytes(32);
    return contentKey(await importSecret(root.slice()), this.m, session);
  }

  async link(origin: string): Promise<string> {
    const secret = randomBytes(32);
    const { pid } = await pairKeys(secret.slice());
    this.#links.set(pid, { secret, pair1: null, pair2: null, eR: null, answer: null });
    return pairUrl(origin, { secret, machine: this.m });
  }

  /** The answer to one pairing post; null for an unknown or spoilt pid. */
  async pairing(bytes: Bytes): Promise<Bytes | null> {
    const frame = parseFrame(bytes);
    if (frame.name !== "PAIR1" && frame.name !== "PAIR3") return null;
    const { pid } = frame.header;
    const open = this.#links.get(pid);
    if (open === undefined) return null;
    const keys = await pairKeys(open.secret.slice());
    const plain = await openFrame(frame, keys.toRelay);
    if (plain === null) return null;
    if (frame.name === "PAIR1") {
      if (open.pair1 !== null && open.pair2 !== null) return sameBytes(open.pair1, bytes) ? open.pair2 : null;
      open.eR = await generateAgreementPair(true);
      const eR = toB64(await exportPublic(open.eR.publicKey));
      const answer = { eR, ri: toB64(this.ri), mname: "pretend", h: toB64(await sha256(bytes)) };
      open.pair1 = bytes;
      open.pair2 = await sealFrame("PAIR2", { pid }, keys.toDevice, encodePlain("PAIR2", answer));
      return open.pair2;
    }
    if (open.pair1 === null || open.pair2 === null || open.eR === null) return null;
    open.answer ??= await this.#admit(pid, open, open.pair1, open.pair2, bytes, open.eR);
    return open.answer;
  }

  async #admit(pid: string, open: OpenLink, pair1: Bytes, pair2: Bytes, pair3: Bytes, eR: KeyPair): Promise<Bytes> {
    const keys = await pairKeys(open.secret.slice());
    const [first, third] = [parseFrame(pair1), parseFrame(pair3)];
    if (first.name !== "PAIR1" || third.name !== "PAIR3") throw new Error("no pairing");
    const one = decodePlain("PAIR1", (await openFrame(first, keys.toRelay)) ?? randomBytes(1), pair1Plain);
    const three = decodePlain("PAIR3", (await openFrame(third, keys.toRelay)) ?? randomBytes(1), pair3Plain);
    const transcript = await transcriptHash(pair1, pair2, pair3);
    const agreed = await agree(eR.privateKey, fromB64(three.eD) ?? randomBytes(1));
    const root = await importSecret(await pairRootBytes(agreed, keys.salt, transcript));
    const pairwise = await pairwiseKeys(root);
    const da = fromB64(one.da) ?? randomBytes(1);
    const d = await deviceIdOf(da);
    const device = { d, da, name: one.name, keys: pairwise };
    this.devices.set(d, device);
    this.rev += 1;
    const sig = toB64(await sign(this.pair.privateKey, "pair4", transcript));
    const plain = encodePlain("PAIR4", { d, g: 1, scope: "admin", sig });
    const pair4 = await sealFrame("PAIR4", { pid: first.header.pid }, pairwise.res, plain);
    if (first.header.pid !== pid) throw new Error("another pid");
    return concat(lp(pair4), lp(await this.keyring(device)));
  }

  async keyring(device: PretendDevice, rev = this.rev): Promise<Bytes> {
    const plain = {
      epochs: [...this.#epochs].map(([epoch, bytes]) => [epoch, toB64(bytes)]),
      cur: this.epoch,
      devices: [...this.devices.values()].map(({ d, name }) => ({ d, name, scope: "admin", shell: true })),
      rev,
    };
    const header = { m: this.m, d: device.d, g: 1, rev, cur: this.epoch };
    return sealFrame("KEYRING", header, device.keys.res, encodePlain("KEYRING", plain));
  }

  /** Appends one record; answers its frame. `fork` writes over an earlier seq without touching the log. */
  async append(session: SessionId, items: readonly object[], time = 1000): Promise<Bytes> {
    let log = this.logs.get(session);
    if (log === undefined) this.logs.set(session, (log = { frames: [], head: await genesis(this.m, session) }));
    const frame = await this.seal(session, log.frames.length + 1, log.head, items, time);
    const parsed = parseFrame(frame);
    log.head = await recordHash(parsed.hdr, parsed.body);
    log.frames.push(frame);
    return frame;
  }

  /** A validly signed record at any place of any chain. */
  async seal(session: SessionId, seq: number, prev: Hash, items: readonly object[], time = 1000): Promise<Bytes> {
    const header = { m: this.m, session, epoch: this.epoch, seq, time, prev };
    return sealFrame("EVT", header, await this.#key(session), encodePlain("EVT", items), this.pair.privateKey);
  }

  /** The `blob` item for an item too large for a record; its one chunk is kept for the hub to send. */
  async large(session: SessionId, item: object): Promise<object> {
    const bytes = utf8(JSON.stringify(item));
    const bid = randomId<BlobId>();
    const header = { m: this.m, session, epoch: this.epoch, bid, idx: 0, cnt: 1 };
    this.blobs.set(bid, await sealFrame("BLOB", header, await this.#key(session), bytes));
    const hashes = [await hashOf(bytes)];
    return { k: "blob", bid, mime: "application/json", size: bytes.length, hashes, head: "" };
  }

  async publish(session: SessionId, name: string, value: unknown): Promise<Bytes> {
    const doc = await docIdOf(name);
    this.rev += 1;
    const header = { m: this.m, session, doc, epoch: this.epoch, rev: this.rev, time: 1000 };
    const plain = encodePlain("DOC", { name, value });
    const frame = await sealFrame("DOC", header, await this.#key(session), plain, this.pair.privateKey);
    const place = this.documents.findIndex((held) => held.session === session && held.doc === doc);
    if (place >= 0) this.documents.splice(place, 1);
    this.documents.push({ rev: this.rev, session, doc, frame });
    return frame;
  }

  /** The session's head as its log stands. */
  head(session: SessionId, more: Partial<HeadDoc> = {}): Promise<Bytes> {
    const seq = this.logs.get(session)?.frames.length ?? 0;
    return this.publish(session, "head", { ...HEAD, seq, ...more });
  }

  async beacon(echo: readonly (readonly [DeviceId, string])[], time = Date.now()): Promise<Bytes> {
    this.#beacons += 1;
    const heads = [...this.logs].map(([session, log]) => [session, log.frames.length, log.head]);
    const docs = this.documents.slice(-32).map(({ session, doc, rev }) => [session, doc, rev]);
    const plain = encodePlain("BEACON", { echo, heads, docs, ring: 0 });
    const header = { m: this.m, epoch: this.epoch, boot: this.boot, n: this.#beacons, time };
    return sealFrame("BEACON", header, await this.#key(MACHINE_SESSION), plain, this.pair.privateKey);
  }

  /** The content of a CMD; null when it does not open. */
  async open(bytes: Bytes): Promise<OpenedCommand | null> {
    const frame = parseFrame(bytes);
    if (frame.name !== "CMD") return null;
    const device = this.devices.get(frame.header.d);
    const plain = device === undefined ? null : await openFrame(frame, device.keys.cmd);
    if (device === undefined || plain === null) return null;
    return { device, frame, plain: decodePlain("CMD", plain, commandPlain) };
  }

  /** A result bound to this command, unless `h` says otherwise. */
  async result({ device, frame }: OpenedCommand, result: Omit<ResultPlain, "h" | "hi">, h?: Hash): Promise<Bytes> {
    const { g, ctr } = frame.header;
    const header = { m: this.m, d: device.d, g, ctr, n: 1, final: result.status === "accepted" ? 0 : 1 };
    const plain = { ...result, h: h ?? (await hashOf(frame.bytes)), hi: ctr };
    return sealFrame("RES", header, device.keys.res, encodePlain("RES", plain));
  }
}

/** A head with everything it must have. */
export const HEAD: HeadDoc = {
  title: "Pretend",
  project: "demo",
  root: randomId<RootId>(),
  cwd: "~/demo",
  agent: "demo",
  state: "idle",
  since: 1000,
  created: 1000,
  waits: [],
  last: "",
  queued: 0,
  seq: 0,
};

/** A wait item with its digest, as the relay writes it. */
export async function waitItem(wid: string, request: object): Promise<{ readonly req: string; readonly digest: Hash }> {
  const req = JSON.stringify({ ...request, wid });
  return { req, digest: await digestOf(req) };
}

/** An agent's words as an item. */
export function said(text: string, messageId?: string): object {
  const update = {
    sessionUpdate: "agent_message_chunk",
    content: { type: "text", text },
    ...(messageId ? { messageId } : {}),
  };
  return { k: "acp", u: { sessionId: "x", update } };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

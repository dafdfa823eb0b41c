// A device as the web app is one: pairs by a link, seals commands, opens results. It keeps only its newest root.
import {
  agree,
  commitment,
  decodePlain,
  deviceIdOf,
  encodePlain,
  exportPublic,
  fromB64,
  generateAgreementPair,
  generateSigningPair,
  hashOf,
  isFrame,
  keyringPlain,
  NO_BOOT,
  openFrame,
  OPERATIONS,
  pair2Plain,
  pair4Plain,
  pairCode,
  pairKeys,
  pairRoot,
  pairwiseKeys,
  parseFrame,
  randomBytes,
  rekeyRoot,
  resultPlain,
  sealFrame,
  sign,
  toB64,
  transcriptHash,
  type BootId,
  type Bytes,
  type DeviceId,
  type Frame,
  type Hash,
  type KeyPair,
  type KeyringPlain,
  type MachineId,
  type PairKeys,
  type PairwiseKeys,
  type ResultPlain,
  type Secret,
} from "../../../schema/index.ts";

/** Overrides of one command. */
export interface CommandOptions {
  readonly ctr?: number;
  readonly exp?: number;
  readonly class?: number;
  readonly boot?: BootId;
  readonly m?: MachineId;
  readonly d?: DeviceId;
  readonly g?: number;
  readonly seen?: unknown;
}

/** The device's side of one pairing. */
export class PairingAttempt {
  readonly keys: PairKeys;
  readonly #device: TestDevice;
  readonly #ephemeral: KeyPair;
  readonly #eD: Bytes;
  readonly #r = randomBytes(16);
  #pair1: Bytes = new Uint8Array(0);

  constructor(device: TestDevice, keys: PairKeys, ephemeral: KeyPair, eD: Bytes) {
    this.#device = device;
    this.keys = keys;
    this.#ephemeral = ephemeral;
    this.#eD = eD;
  }

  async pair1(): Promise<Bytes> {
    const c = toB64(await commitment(this.#eD, this.#r));
    const plain = { c, da: toB64(this.#device.da), name: this.#device.name };
    this.#pair1 = await sealFrame("PAIR1", { pid: this.keys.pid }, this.keys.toRelay, encodePlain("PAIR1", plain));
    return this.#pair1;
  }

  /** PAIR3 and the digits to show. `spoil` changes its plaintext. */
  async pair3(
    pair2: Bytes,
    spoil: (plain: object) => object = (plain) => plain,
  ): Promise<{ frame: Bytes; code: string }> {
    const answer = await openAs(pair2, "PAIR2", this.keys.toDevice);
    const { eR, ri } = decodePlain("PAIR2", answer, pair2Plain);
    const h = await transcriptHash(this.#pair1, pair2);
    const sig = toB64(await sign(this.#device.pair.privateKey, "pair3", h));
    const plain = spoil({ eD: toB64(this.#eD), r: toB64(this.#r), h: toB64(h), sig });
    const frame = await sealFrame("PAIR3", { pid: this.keys.pid }, this.keys.toRelay, encodePlain("PAIR3", plain));
    const [eRBytes, riBytes] = [bytes(eR), bytes(ri)];
    const transcript = await transcriptHash(this.#pair1, pair2, frame);
    const root = await pairRoot(await agree(this.#ephemeral.privateKey, eRBytes), this.keys.salt, transcript);
    this.#device.keys = await pairwiseKeys(root);
    this.#device.root = root;
    const { pid } = this.keys;
    const code = await pairCode({ pid, eD: this.#eD, r: this.#r, da: this.#device.da, eR: eRBytes, ri: riBytes });
    return { frame, code };
  }
}

/** One browser profile. */
export class TestDevice {
  readonly machine: MachineId;
  readonly name: string;
  readonly pair: KeyPair;
  readonly da: Bytes;
  readonly d: DeviceId;
  keys: PairwiseKeys | null = null;
  /** P_g. */
  root: Secret | null = null;
  g = 1;
  #ctr = 0;

  constructor(machine: MachineId, name: string, pair: KeyPair, da: Bytes, d: DeviceId) {
    this.machine = machine;
    this.name = name;
    this.pair = pair;
    this.da = da;
    this.d = d;
  }

  static async create(machine: MachineId, name = "phone"): Promise<TestDevice> {
    const pair = await generateSigningPair(false);
    const da = await exportPublic(pair.publicKey);
    return new TestDevice(machine, name, pair, da, await deviceIdOf(da));
  }

  async pairBy(secret: Bytes): Promise<PairingAttempt> {
    this.#ctr = 0;
    this.g = 1;
    const ephemeral = await generateAgreementPair(false);
    return new PairingAttempt(this, await pairKeys(secret.slice()), ephemeral, await exportPublic(ephemeral.publicKey));
  }

  /** A sealed CMD; the counter goes up by itself unless given. */
  async command(op: string, args: unknown, now: number, options: CommandOptions = {}): Promise<Bytes> {
    const { seen, ...header } = options;
    const ctr = header.ctr ?? ++this.#ctr;
    const whole = {
      m: this.machine,
      d: this.d,
      g: this.g,
      ctr,
      exp: now + 120_000,
      class: 1,
      boot: NO_BOOT,
      ...header,
    };
    const plain = seen === undefined ? { op, args } : { op, args, seen };
    return sealFrame("CMD", whole, this.#keys().cmd, encodePlain("CMD", plain));
  }

  /** A device.rekey; `adopt` takes its final result, and from then on this device is one generation further. */
  async rekey(
    now: number,
    options: CommandOptions = {},
  ): Promise<{ frame: Bytes; adopt: (res: Bytes) => Promise<void> }> {
    const ephemeral = await generateAgreementPair(false);
    const eD = toB64(await exportPublic(ephemeral.publicKey));
    const frame = await this.command("device.rekey", { eD }, now, options);
    const adopt = async (res: Bytes): Promise<void> => {
      const { plain } = await this.result(res);
      const data = OPERATIONS["device.rekey"].data.parse(plain.data);
      const eR = bytes(data.eR);
      const agreed = await agree(ephemeral.privateKey, eR);
      if (this.root === null) throw new Error("not paired");
      this.root = await rekeyRoot(agreed, { root: this.root, command: await hashOf(frame), eR });
      this.keys = await pairwiseKeys(this.root);
      this.g = data.g;
      this.#ctr = 0;
    };
    return { frame, adopt };
  }

  /** The result in a RES frame; throws when it is not for this device. */
  async result(res: Bytes): Promise<{ header: Frame<"RES">["header"]; plain: ResultPlain }> {
    const frame = parseFrame(res);
    if (!isFrame(frame, "RES")) throw new Error("not a RES");
    const plaintext = await openFrame(frame, this.#keys().res);
    if (plaintext === null) throw new Error("does not open");
    return { header: frame.header, plain: decodePlain("RES", plaintext, resultPlain) };
  }

  /** The keyring, or null when it does not open for this device. */
  async keyring(ring: Bytes): Promise<KeyringPlain | null> {
    const frame = parseFrame(ring);
    if (!isFrame(frame, "KEYRING")) throw new Error("not a KEYRING");
    const plaintext = await openFrame(frame, this.#keys().res);
    return plaintext === null ? null : decodePlain("KEYRING", plaintext, keyringPlain);
  }

  /** What PAIR4 says. */
  async admitted(pair4: Bytes) {
    return decodePlain("PAIR4", await openAs(pair4, "PAIR4", this.#keys().res), pair4Plain);
  }

  #keys(): PairwiseKeys {
    if (this.keys === null) throw new Error("not paired");
    return this.keys;
  }
}

/** H(frame) as a result names it. */
export function frameHash(frame: Bytes): Promise<Hash> {
  return hashOf(frame);
}

/** Every frame that differs from this one in exactly one bit, `step` bits apart (1 = all of them). */
export function* bitFlips(frame: Bytes, step = 1): Generator<Bytes> {
  for (let bit = 0; bit < frame.length * 8; bit += step) {
    const flipped = frame.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

async function openAs(
  bytesOfFrame: Bytes,
  name: "PAIR2" | "PAIR4",
  key: Parameters<typeof openFrame>[1],
): Promise<Bytes> {
  const frame = parseFrame(bytesOfFrame);
  if (!isFrame(frame, name)) throw new Error(`not a ${name}`);
  const plaintext = await openFrame(frame, key);
  if (plaintext === null) throw new Error(`${name} does not open`);
  return plaintext;
}

function bytes(text: string): Bytes {
  const decoded = fromB64(text);
  if (decoded === null) throw new Error("not base64url");
  return decoded;
}

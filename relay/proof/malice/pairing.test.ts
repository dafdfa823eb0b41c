// Trust that a Worker would like to make up: grants of its own (S5), pairings in the middle (S6), two of one link (S7).
import { beforeAll, expect, test } from "vitest";
import {
  deviceIdOf,
  encodePlain,
  exportPublic,
  generateAgreementPair,
  jwkOfPoint,
  openFrame,
  decodePlain,
  pair2Plain,
  PAIR_TRIES,
  PENDING_MS,
  pairKeys,
  parseFrame,
  parsePairLink,
  ROUTES,
  sealFrame,
  sha256,
  toB64,
  type Bytes,
  type Frame,
  type FrameName,
  type PairKeys,
} from "../../../schema/index.ts";
import { until } from "../../house/product.ts";
import { TestDevice, type PairingAttempt } from "../../trust/test/test-device.ts";
import type { Machine } from "./machine.ts";
import { HONEST, type Answered, type Asked, type Strategy } from "./malicious-worker.ts";
import { stageForFile } from "./stage.ts";
import { Keeper } from "./strategies.ts";
import { frameSaid } from "./wire.ts";

const stage = stageForFile();
/** A machine that asks for the digits, as every machine does whose Worker is not its own. */
let careful: Machine;
beforeAll(async () => {
  careful = await stage.further({ digits: true });
});

/** What the relay sends back to a pairing frame that this Worker makes up. */
async function relayAnswers<N extends FrameName>(machine: Machine, frame: Bytes, name: N): Promise<Frame<N>["bytes"]> {
  const before = stage.worker.frames("relay>hub", name).length;
  stage.worker.lineOf(machine.id).toPeer(frameSaid(frame));
  await until(`${name} from the relay`, () => stage.worker.frames("relay>hub", name).length > before);
  return stage.worker.frames("relay>hub", name).at(-1)?.bytes ?? new Uint8Array(0);
}

test("S5 a device that only the Worker's registry grants may connect, and nothing it says has an effect", async () => {
  const { worker, machine } = stage;
  const phone = await stage.phone();
  await stage.session(phone);
  const thief = await TestDevice.create(machine.id, "invented");
  const { keys } = await thief.pairBy(new Uint8Array(32).fill(7));
  const db = await worker.real.miniflare.getD1Database("DB");
  await db
    .prepare("INSERT INTO grants (kid, m, jwk, role, rev) VALUES (?, ?, ?, 'device', ?)")
    .bind(thief.d, machine.id, JSON.stringify(jwkOfPoint(thief.da)), Number.MAX_SAFE_INTEGER)
    .run();
  const before = [machine.effects(), machine.standing()];
  // Under keys of its own, and true commands of a true device under its own name.
  thief.keys = { cmd: keys.toRelay, res: keys.toDevice };
  const own = await thief.command("session.stop", { s: toB64(new Uint8Array(16)) }, Date.now());
  const stolen = worker.frames("device>hub", "CMD").map(({ bytes }) => {
    const renamed = bytes.slice();
    renamed.set(Buffer.from(thief.d, "base64url"), 18);
    return renamed;
  });
  worker.lineOf(machine.id).toPeer(...[own, ...stolen].map(frameSaid));
  await machine.receive([own, ...stolen]);
  expect([machine.effects(), machine.standing()]).toEqual(before);
  expect(machine.stateOf(thief.d)).toBeNull();
});

test("S5 a paired device whose greeting the Worker keeps back stays without power, and is forgotten", async () => {
  const { worker, machine } = stage;
  const keeper = new Keeper(["CMD"], "device>hub");
  worker.strategy = keeper;
  const { device } = await stage.stranger();
  await device.pair(await machine.link(), "kept back");
  await until("its greeting", () => keeper.kept.length > 0);
  const d = device.core.view().machines[0]?.thisDevice;
  if (d === undefined) throw new Error("not paired");
  expect(machine.stateOf(d)).toBe("pending");
  machine.clock.skip(PENDING_MS + 1000);
  await until("it is forgotten", () => machine.stateOf(d) === null);
  await machine.reconnect();
  await machine.receive(keeper.kept.flatMap((said) => (said.kind === "frame" ? [said.frame.bytes] : [])));
  expect(machine.stateOf(d)).toBeNull();
});

/** A Worker that knows the link's secret and stands between: one handshake of its own with each end. */
class Middleman implements Strategy {
  readonly name = "stands between";
  readonly #machine: Machine;
  readonly #keys: PairKeys;
  readonly thief: TestDevice;
  readonly #attempt: PairingAttempt;
  /** The digits that the relay expects: those of the thief's own handshake. */
  code = "";
  #pair2: Bytes | null = null;

  constructor(machine: Machine, keys: PairKeys, thief: TestDevice, attempt: PairingAttempt) {
    this.#machine = machine;
    this.#keys = keys;
    this.thief = thief;
    this.#attempt = attempt;
  }

  static async of(machine: Machine, link: string): Promise<Middleman> {
    const { secret } = parsePairLink(link);
    const thief = await TestDevice.create(machine.id, "phone");
    return new Middleman(machine, await pairKeys(secret.slice()), thief, await thief.pairBy(secret));
  }

  onMessage: Strategy["onMessage"] = (_direction, said) => [said];

  onRequest(asked: Asked): Answered | null {
    if (asked.path !== ROUTES.pair(this.#machine.id)) return null;
    if (parseFrame(asked.body).name === "PAIR3" || this.#pair2 === null)
      return { status: 204, body: new Uint8Array(0) };
    return { status: 200, body: this.#pair2 };
  }

  /** The thief's PAIR1 and PAIR3 to the relay; then PAIR2 for the device whose PAIR1 this is, as from the machine. */
  async work(pair1OfDevice: Bytes): Promise<void> {
    const pair2 = await relayAnswers(this.#machine, await this.#attempt.pair1(), "PAIR2");
    const { frame, code } = await this.#attempt.pair3(pair2);
    this.code = code;
    stage.worker.lineOf(this.#machine.id).toPeer(frameSaid(frame));
    const opened = parseFrame(pair2);
    const plain = opened.name === "PAIR2" ? await openFrame(opened, this.#keys.toDevice) : null;
    const { ri, mname } = decodePlain("PAIR2", plain ?? new Uint8Array(0), pair2Plain);
    const eR = toB64(await exportPublic((await generateAgreementPair(false)).publicKey));
    const answer = encodePlain("PAIR2", { eR, ri, mname, h: toB64(await sha256(pair1OfDevice)) });
    this.#pair2 = await sealFrame("PAIR2", { pid: this.#keys.pid }, this.#keys.toDevice, answer);
  }
}

test("S6 a Worker that has stolen the link and stands between gets three tries at digits nobody can read to it", async () => {
  const { worker } = stage;
  const link = await careful.link();
  const middleman = await Middleman.of(careful, link);
  worker.strategy = middleman;
  const { device, clock } = await stage.stranger();
  const before = { standing: careful.standing(), asked: worker.asked.length };
  void device.core.pairing.start(link, "phone");
  const firstFrame = () => worker.asked.slice(before.asked).find(({ path }) => path === ROUTES.pair(careful.id))?.body;
  await until("the device's first frame", () => firstFrame() !== undefined);
  await middleman.work(firstFrame() ?? new Uint8Array(0));
  await until("the device to have an answer", () => device.pairing.step === "finishing");
  clock.skip(2_000);
  const shown = device.pairing.step === "code" ? device.pairing.code : "";
  expect(shown).toMatch(/^\d{6}$/);
  expect(shown).not.toBe(middleman.code);
  const { pairing: desk } = careful.relay;
  const { pid } = await pairKeys(parsePairLink(link).secret);
  // The person types what the device shows; it is not what the relay expects of the thief.
  for (let tries = 0; tries < PAIR_TRIES; tries += 1) {
    await expect(desk.accept(pid, shown)).rejects.toMatchObject({ code: "E_PAIR_CODE" });
  }
  await expect(desk.accept(pid, middleman.code)).rejects.toMatchObject({ code: "E_PAIR_EXPIRED" });
  expect(careful.standing()).toBe(before.standing);
  expect(device.core.view().machines).toEqual([]);
  await device.core.pairing.cancel();
});

test("S6 without the link's secret no frame that the Worker makes up brings a device in or spoils the link", async () => {
  const { worker, machine } = stage;
  const link = await machine.link();
  const { pid } = await pairKeys(parsePairLink(link).secret);
  const before = machine.standing();
  const guesser = await TestDevice.create(machine.id, "guesser");
  const guess = await (await guesser.pairBy(new Uint8Array(32).fill(9))).pair1();
  guess.set(Buffer.from(pid, "base64url"), 2);
  const old = worker.frames("relay>hub", "PAIR4").map(({ bytes }) => bytes);
  worker.lineOf(machine.id).toPeer(frameSaid(guess), frameSaid(guess));
  expect(machine.standing()).toBe(before);
  // An old true confirmation, and a guess, in the place of each answer.
  worker.strategy = { ...HONEST, name: "answers by itself", onRequest: () => ({ status: 200, body: old[0] ?? guess }) };
  const { device } = await stage.stranger();
  await expect(device.pair(link, "misled")).rejects.toThrow("E_AUTH");
  expect(device.core.view().machines).toEqual([]);
  worker.strategy = HONEST;
  const honest = await stage.stranger();
  expect(await honest.device.pair(link, "true")).toBe(machine.id);
});

test("S7 a second first frame for one link, by whoever, leaves no device", async () => {
  const { worker, machine } = stage;
  const link = await machine.link();
  const thief = await TestDevice.create(machine.id, "thief");
  const attempt = await thief.pairBy(parsePairLink(link).secret);
  const second = await attempt.pair1();
  let isSpoilt = false;
  worker.strategy = {
    ...HONEST,
    name: "a thief pairs too",
    onAnswer: (asked, answered) => {
      if (asked.body[1] === 0x40 && !isSpoilt) {
        isSpoilt = true;
        worker.lineOf(machine.id).toPeer(frameSaid(second));
      }
      return answered;
    },
  };
  const before = machine.standing();
  const { device, clock } = await stage.stranger();
  const pairing = device.pair(link, "victim").then(
    () => "paired",
    (error: unknown) => String(error),
  );
  await until("the link is closed", () => machine.relay.pairing.open().every(({ pid }) => pid !== attempt.keys.pid));
  clock.skip(600_000);
  expect(await pairing).toMatch(/E_PAIR_|E_OFFLINE/);
  expect(machine.standing()).toBe(before);
  expect(machine.stateOf(await deviceIdOf(thief.da))).toBeNull();
});

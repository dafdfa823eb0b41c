// A PretendRelay behind the real hub: dials it, answers pairing, commands and watchers. For tests of devices.
import {
  concat,
  jwkOfPoint,
  pairKeys,
  parseJson,
  parsePairLink,
  randomBytes,
  importSecret,
  ROUTES,
  ticketAnswer,
  toB64,
  unpackMessage,
  type AnyFrame,
  type Bytes,
  type DeviceId,
  type SessionId,
} from "../../schema/index.ts";
import { FakeRelay } from "../../worker/test/fake-relay.ts";
import type { FakeSocket } from "../../worker/test/fake-socket.ts";
import type { TestWorker } from "../../worker/test/harness.ts";
import { PretendRelay, type OpenedCommand } from "./pretend-relay.ts";

export class HubRelay {
  readonly relay: PretendRelay;
  readonly worker: TestWorker;
  readonly commands: OpenedCommand[] = [];
  readonly #fake: FakeRelay;
  #uplink: FakeSocket | null = null;
  #grantsRev = 0;
  #seen = { frames: 0, texts: 0 };
  #working: Promise<void> = Promise.resolve();

  private constructor(worker: TestWorker, relay: PretendRelay, fake: FakeRelay) {
    this.worker = worker;
    this.relay = relay;
    this.#fake = fake;
  }

  static async claimed(worker: TestWorker): Promise<HubRelay> {
    const relay = await PretendRelay.create();
    const { pair, ri, m } = relay;
    const fake = new FakeRelay(worker, { pair, ri, m, root: await importSecret(randomBytes(32)) });
    const answer = await fake.claim();
    if (answer.status !== 200) throw new Error(await answer.text());
    return new HubRelay(worker, relay, fake);
  }

  /** A further machine of the same Worker. */
  static async enrolled(worker: TestWorker, first: HubRelay): Promise<HubRelay> {
    const relay = await PretendRelay.create();
    const { pair, ri, m } = relay;
    const fake = new FakeRelay(worker, { pair, ri, m, root: await importSecret(randomBytes(32)) });
    const asked = await worker.post(ROUTES.enrolTicket, {}, { Authorization: `Bearer ${await first.#fake.token()}` });
    const { ticket } = parseJson(await asked.text(), ticketAnswer);
    const points = { ri: toB64(ri), wi: toB64(ri) };
    const answer = await worker.post(ROUTES.enrol, { ticket, ...points, proof: await fake.proof() });
    if (answer.status !== 200) throw new Error(await answer.text());
    return new HubRelay(worker, relay, fake);
  }

  async connect(): Promise<void> {
    const uplink = await this.#fake.connect();
    this.#uplink = uplink;
    this.#seen = { frames: 0, texts: 0 };
    void this.#serve(uplink);
  }

  async disconnect(): Promise<void> {
    await this.#uplink?.close();
  }

  /** A fresh link that the hub accepts posts for. */
  async link(): Promise<string> {
    const link = await this.relay.link(this.worker.url);
    const { pid } = await pairKeys(parsePairLink(link).secret);
    this.#socket.say({ t: "pair_open", pid, exp: Date.now() + 300_000 });
    return link;
  }

  async append(session: SessionId, ...items: readonly object[]): Promise<void> {
    this.#socket.send(await this.relay.append(session, items));
  }

  async head(session: SessionId): Promise<void> {
    this.#socket.send(await this.relay.head(session));
  }

  get #socket(): FakeSocket {
    if (this.#uplink === null) throw new Error("not connected");
    return this.#uplink;
  }

  /** Everything that comes, one after the other, until the socket closes. */
  async #serve(uplink: FakeSocket): Promise<void> {
    while (uplink.closeCode === null) {
      const isNews = () => uplink.frames.length > this.#seen.frames || uplink.texts.length > this.#seen.texts;
      const news = await uplink.until("news", () => (isNews() ? "news" : null)).catch(() => null);
      if (news === null) continue;
      for (const frame of uplink.frames.slice(this.#seen.frames)) {
        this.#seen.frames += 1;
        this.#working = this.#working.then(() => this.#frame(uplink, frame));
      }
      for (const text of uplink.texts.slice(this.#seen.texts)) {
        this.#seen.texts += 1;
        if (text.t === "watch") uplink.send(await this.relay.beacon(text.list));
      }
    }
  }

  async #frame(uplink: FakeSocket, frame: AnyFrame): Promise<void> {
    if (frame.name === "PAIR1" || frame.name === "PAIR3") {
      const answer = await this.relay.pairing(concat(frame.bytes));
      if (answer === null) return;
      if (frame.name === "PAIR1") uplink.send(answer);
      else this.#admit(uplink, answer);
      return;
    }
    const command = await this.relay.open(concat(frame.bytes));
    if (command === null) return;
    this.commands.push(command);
    const { g, ctr } = command.frame.header;
    uplink.say({ t: "cgot", d: command.device.d, g, ctr });
    const data = command.plain.op === "device.hello" ? undefined : { before: 0 };
    uplink.send(await this.relay.result(command, { status: "done", data }));
  }

  /** Takes a device's grant away. */
  revoke(d: DeviceId): void {
    this.relay.devices.delete(d);
    this.#pushGrants(this.#socket);
  }

  #pushGrants(uplink: FakeSocket): void {
    const list = [...this.relay.devices.values()].map(({ d, da }) => ({ kid: d, jwk: jwkOfPoint(da), role: "device" }));
    this.#grantsRev = Math.max(this.#grantsRev + 1, Date.now());
    uplink.say({ t: "grants", rev: this.#grantsRev, list });
  }

  #admit(uplink: FakeSocket, answer: Bytes): void {
    this.#pushGrants(uplink);
    uplink.send(...unpackMessage(answer));
  }

  /** Names of the operations a device sent, in order. */
  opsOf(device: DeviceId): string[] {
    return this.commands.filter((command) => command.device.d === device).map(({ plain }) => plain.op);
  }
}

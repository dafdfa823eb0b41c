// The person's end of a run: one paired phone behind a network that can be cut, which approves what it is asked, keeps
// what it was told, and can die and come back out of its storage.
import { isFrame, parseFrame, unpackMessage, type Bytes, type SessionId } from "../../../schema/index.ts";
import type { Dial } from "../../../web/live/ports.ts";
import { MemoryStore } from "../../../web/live/memory-store.ts";
import { createDevice, type Device } from "../../../web/test/device.ts";
import { CuttableProxy } from "../../../web/test/product/cuttable-proxy.ts";
import type { Sighting } from "./ledger.ts";

/** An answer that came to nothing is given again after this. */
const ANSWER_AGAIN_MS = 1_500;
const RECONNECT_EVERY_MS = 1_500;
/** Bytes per second of a crawling network. */
const CRAWL = 8_000;

export class Phone {
  device: Device;
  /** Every different last word that came for a command, by counter. */
  readonly finals = new Map<number, Set<string>>();
  /** What last words said, by counter. */
  readonly statuses = new Map<number, string>();
  readonly proxy: CuttableProxy;
  readonly #origin: string;
  #store: MemoryStore;
  #reconnectedAt = -Infinity;
  readonly #answeredAt = new Map<string, number>();

  private constructor(origin: string, proxy: CuttableProxy, store: MemoryStore, device: Device) {
    this.#origin = origin;
    this.proxy = proxy;
    this.#store = store;
    this.device = device;
  }

  /** Pairs over the link. */
  static async paired(origin: string, link: string): Promise<Phone> {
    const proxy = await CuttableProxy.to(origin);
    const store = new MemoryStore();
    const idle = await createDevice({ origin, store, dial: proxy.dial, post: proxy.post });
    idle.stop();
    const phone = new Phone(origin, proxy, store, idle);
    phone.device = await phone.#open();
    await phone.device.pair(link, "phone");
    await phone.device.waitFor(() => phone.device.view().live === "live");
    return phone;
  }

  /** Its process dies; a new one finds what was stored. */
  async die(): Promise<void> {
    this.#store = this.#store.snapshot();
    this.device.stop();
    this.device = await this.#open();
  }

  /** The network is as it was, whatever it was made to be. */
  mend(): void {
    this.proxy.heal();
    this.proxy.slow(null);
    this.device.core.reconnect();
  }

  crawl(): void {
    this.proxy.slow(CRAWL);
  }

  /** Approves whatever is asked, and notes what was answered. Call it often. */
  async tend(): Promise<void> {
    for (const { m, ctr, final } of await this.#entries()) {
      if (final === null) continue;
      this.statuses.set(ctr, final.status);
      const { delivery = "" } = this.device.view().outbox.find((row) => row.command.ctr === ctr) ?? {};
      if (delivery === "unknown" || delivery === "refused") {
        await this.device.calls.dismiss({ machine: m, g: 1, ctr });
      }
    }
    const now = performance.now();
    // A person who sees "offline" presses Reconnect now and then.
    if (this.device.view().live === "offline" && now - this.#reconnectedAt > RECONNECT_EVERY_MS) {
      this.#reconnectedAt = now;
      this.device.core.reconnect();
    }
    for (const wait of this.device.view().waits) {
      const last = this.#answeredAt.get(wait.wid) ?? -Infinity;
      if (now - last < ANSWER_AGAIN_MS || wait.request === null) continue;
      this.#answeredAt.set(wait.wid, now);
      await this.device.calls.answer(wait, { option: "yes" });
    }
  }

  /** Commands that have no last word here. */
  async open(): Promise<readonly number[]> {
    return (await this.#entries()).flatMap(({ ctr, final }) => (final === null ? [ctr] : []));
  }

  /** The records of a session that it holds without a hole from the first on. */
  async records(session: SessionId): Promise<readonly Sighting[]> {
    const { machine } = this.device;
    const log = await this.#store.log(machine, session);
    const found: Sighting[] = [];
    for (const { from, to } of log?.runs ?? []) {
      for (const { seq, h } of await this.#store.records(machine, session, from, to)) found.push({ session, seq, h });
    }
    return found;
  }

  /** How far its newest unbroken run of a session goes. */
  async reach(session: SessionId): Promise<number> {
    return (await this.#store.log(this.device.machine, session))?.runs.at(-1)?.to ?? 0;
  }

  async close(): Promise<void> {
    this.device.stop();
    await this.proxy.close();
  }

  #entries(): ReturnType<MemoryStore["outbox"]> {
    return this.#store.outbox(this.device.machine);
  }

  #open(): Promise<Device> {
    return createDevice({ origin: this.#origin, store: this.#store, dial: this.#dial, post: this.proxy.post });
  }

  readonly #dial: Dial = (url, protocols, events) => {
    return this.proxy.dial(url, protocols, {
      ...events,
      binary: (message) => {
        for (const bytes of unpackMessage(message)) this.#note(bytes.slice());
        events.binary(message);
      },
    });
  };

  #note(bytes: Bytes): void {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "RES") || frame.header.final !== 1) return;
    const { ctr } = frame.header;
    const words = this.finals.get(ctr) ?? new Set<string>();
    this.finals.set(ctr, words.add(Buffer.from(bytes).toString("base64url")));
  }
}

// What a person asks of the product in one life of it: effects that can be counted, output that can be counted, sessions
// that begin and end. Everything said is kept, to be accounted for.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z, rootId, type RootId, type SessionId } from "../../../schema/index.ts";
import type { Failpoint } from "../../failpoint.ts";
import type { Product } from "../../house/product.ts";
import { createDevice } from "../../../web/test/device.ts";
import type { Accepted } from "../../../web/live/model.ts";
import type { Dice } from "./dice.ts";
import type { Phone } from "./phone.ts";

/** Lines of every stream: so many that a fault comes in the middle, and all alike, so that they can be counted. */
export const STREAM_LINES = 25;
/** Sessions that are kept alive at once. */
const LIVING_SESSIONS = 3;
/** A pairing that a death cut in two is not waited for. */
const PAIR_MS = 3_000;

/** One prompt. */
export interface Said {
  /** Its own number, in its words and in its effect. */
  readonly n: number;
  readonly does: "effect" | "stream";
  /** The command that carries it. */
  readonly ctr: number;
}

export class Workload {
  readonly said: Said[] = [];
  readonly #product: Product;
  readonly #phone: Phone;
  readonly #dice: Dice;
  #count = 0;

  constructor(product: Product, phone: Phone, dice: Dice) {
    this.#product = product;
    this.#phone = phone;
    this.#dice = dice;
    appendFileSync(this.#effectsFile, "");
  }

  /** Everything of one life, in an order of its own; what the product does not take any more is left. */
  async ask(place: Failpoint | null): Promise<void> {
    const asks = [
      () => this.#prompt("effect"),
      () => this.#prompt("stream"),
      () => this.#begin(),
      () => this.#end(),
      () => this.#meddle(),
    ];
    const isPairing = place === "link.paired" || this.#dice.chance(0.04);
    if (isPairing) asks.push(() => this.#pair());
    for (const ask of this.#dice.shuffled(asks)) await ask();
  }

  /** How often each effect happened. */
  effects(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    const text = existsSync(this.#effectsFile) ? readFileSync(this.#effectsFile, "utf8") : "";
    for (const line of text.split("\n").filter((each) => each !== "")) {
      counts.set(Number(line), (counts.get(Number(line)) ?? 0) + 1);
    }
    return counts;
  }

  /** Sessions that are not archived, newest first. */
  sessions(): readonly SessionId[] {
    return this.#rows().map(({ session }) => session);
  }

  get #effectsFile(): string {
    return join(this.#product.home, "effects");
  }

  #rows() {
    return this.#phone.device.view().sessions.filter((row) => !row.archived);
  }

  async #prompt(does: Said["does"]): Promise<void> {
    const rows = this.#rows().filter(({ state }) => state !== "ended");
    if (rows.length === 0) return;
    const { session } = this.#dice.pick(rows);
    const n = ++this.#count;
    this.#keep(n, does, await this.#phone.device.prompt(session, this.#words(n, does)));
  }

  async #begin(): Promise<void> {
    const root = await this.#root();
    if (root === null) return;
    const n = ++this.#count;
    const does = this.#dice.pick(["effect", "stream"] as const);
    const { calls, machine } = this.#phone.device;
    const prompt = this.#words(n, does);
    this.#keep(n, does, await calls.startSession({ machine, root, agent: "demo", title: `session ${n}`, prompt }));
  }

  async #end(): Promise<void> {
    const rows = this.#rows().filter(({ state }) => state !== "ended");
    const oldest = rows.toSorted((a, b) => Number(a.title.split(" ")[1]) - Number(b.title.split(" ")[1]))[0];
    if (oldest === undefined || rows.length < LIVING_SESSIONS) return;
    const { calls, machine } = this.#phone.device;
    await (this.#dice.chance(0.5)
      ? calls.archiveSession(machine, oldest.session)
      : calls.stopSession(machine, oldest.session));
  }

  /** Smaller things people do meanwhile. */
  async #meddle(): Promise<void> {
    const rows = this.#rows();
    if (rows.length === 0) return;
    const { session } = this.#dice.pick(rows);
    const { calls, machine } = this.#phone.device;
    const chance = this.#dice.next();
    if (chance < 0.2) await calls.setMode(machine, session, "default");
    else if (chance < 0.3) await calls.cancelTurn(machine, session);
    else if (chance < 0.5) await calls.resumeSession(machine, session);
  }

  /** A further device, which nobody uses: it may have been told of its pairing, or not. */
  async #pair(): Promise<void> {
    const gone = new AbortController();
    const device = await createDevice({ origin: this.#product.url });
    try {
      const link = await Promise.race([this.#product.link({ signal: gone.signal }), notWithin(PAIR_MS)]);
      void device.core.pairing.start(link, "another phone");
      await device.waitFor(() => device.pairing.step === "paired" || device.pairing.step === "failed", PAIR_MS);
    } catch {
      // The relay died meanwhile: that is what this is about.
    } finally {
      gone.abort();
      device.stop();
    }
  }

  #words(n: number, does: Said["does"]): string {
    return does === "effect" ? `run sh -c 'echo ${n} >> ${this.#effectsFile}'` : `stream ${STREAM_LINES}`;
  }

  #keep(n: number, does: Said["does"], accepted: Accepted): void {
    if (accepted.ok) this.said.push({ n, does, ctr: accepted.command.ctr });
  }

  /** A project of its own; null when the relay is not there to register it. */
  async #root(): Promise<RootId | null> {
    const path = this.#product.newProject();
    try {
      return z.object({ root: rootId }).parse(await this.#product.desk("project.add", { path })).root;
    } catch {
      return null; // it died meanwhile: that is what this is about
    }
  }
}

function notWithin(ms: number): Promise<never> {
  return new Promise((_resolve, reject) => void setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms));
}

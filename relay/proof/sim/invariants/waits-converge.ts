// R8 Two answers to one permission: exactly one takes effect and all devices converge on it.
import { headDoc, HEAD_DOC } from "../../../../schema/index.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

/** Virtual ms until everybody has heard. */
const CATCH_UP_MS = 120_000;

export class WaitsConverge {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  afterStep(): void {
    for (const [key, answers] of this.#world.deeds.answers) {
      if (answers.length > 1) throw new Violation("R8", `${key} was answered ${answers.join(" and ")}`);
    }
  }

  /** Agents may be at work: at some moment soon everybody says the same. */
  async atTheEnd(): Promise<void> {
    let difference: string | null = null;
    const agree = async (): Promise<boolean> => (difference = await this.#difference()) === null;
    if (!(await this.#world.comesTrue(agree, CATCH_UP_MS))) throw new Violation("R8", difference ?? "");
  }

  async #difference(): Promise<string | null> {
    const { relay, machine, devices } = this.#world;
    for (const row of relay.sqlite.prepare("SELECT s, value FROM doc WHERE name = ?").all(HEAD_DOC)) {
      const s = String(row["s"]);
      const told = waitsOf(String(row["value"])).join();
      const open = relay.sqlite
        .prepare("SELECT wid FROM wait WHERE s = ? AND done IS NULL AND q IS NOT NULL ORDER BY wid")
        .all(s)
        .map(({ wid }) => String(wid))
        .join();
      if (told !== open) return `the head of ${s} tells of waits "${told}", open are "${open}"`;
      for (const device of devices) {
        if (!this.#world.isTrusted(device)) continue;
        const held = await device.store.documents(machine);
        const head = held.find(({ session, name }) => session === s && name === HEAD_DOC);
        const seen = head === undefined ? "nothing" : waitsOf(JSON.stringify(head.value)).join();
        if (seen !== told) return `${device.name} shows "${seen}" as open in ${s}, the machine "${told}"`;
      }
    }
    return null;
  }
}

function waitsOf(json: string): string[] {
  return headDoc
    .parse(JSON.parse(json))
    .waits.map(({ wid }): string => wid)
    .sort();
}

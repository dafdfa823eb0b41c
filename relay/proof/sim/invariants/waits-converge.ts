// R8 Two answers to one permission: exactly one takes effect and all devices converge on it.
import { headDoc, HEAD_DOC } from "../../../../schema/index.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

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

  async atTheEnd(): Promise<void> {
    const { relay, machine, devices } = this.#world;
    for (const row of relay.sqlite.prepare("SELECT s, value FROM doc WHERE name = ?").all(HEAD_DOC)) {
      const told = waitsOf(String(row["value"]));
      const open = relay.sqlite
        .prepare("SELECT wid FROM wait WHERE s = ? AND done IS NULL AND q IS NOT NULL ORDER BY wid")
        .all(String(row["s"]))
        .map(({ wid }) => String(wid));
      if (told.join() !== open.join()) {
        throw new Violation(
          "R8",
          `the head of ${String(row["s"])} tells of waits ${told.join()}, open are ${open.join()}`,
        );
      }
      for (const device of devices) {
        if (!this.#world.isTrusted(device)) continue;
        const held = (await device.store.documents(machine)).find(
          ({ session, name }) => session === row["s"] && name === HEAD_DOC,
        );
        const seen = held === undefined ? "nothing" : waitsOf(JSON.stringify(held.value)).join();
        if (seen !== told.join())
          throw new Violation("R8", `${device.name} shows ${seen} as open, the machine ${told.join()}`);
      }
    }
  }
}

function waitsOf(json: string): string[] {
  return headDoc
    .parse(JSON.parse(json))
    .waits.map(({ wid }): string => wid)
    .sort();
}

// R12 After relay restart each session is either re-adopted or has exactly one `interrupted` record; no orphan agent keeps
// running unowned. R9 (the log's part) no two items of a session go by one name.
import { knownItemOf } from "../../../../schema/index.ts";
import { readItems } from "../../../desk/session-reader.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

export class AgentsOwned {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async atTheEnd(): Promise<void> {
    const { relay, deeds } = this.#world;
    const live = relay.sqlite.prepare("SELECT count(*) AS n FROM sess WHERE state = 'live'").get()?.["n"];
    if (deeds.running.size > Number(live)) {
      throw new Violation("R12", `${deeds.running.size} agents run, ${String(live)} sessions say that they do`);
    }
    const { log, trust } = relay.boot ?? {};
    if (log === undefined || trust === undefined) return;
    for (const session of log.sessions()) {
      let interruptions = 0;
      const turns = new Set<number>();
      for await (const { item } of readItems({ log, epochs: trust.epochs }, session, 1, null)) {
        const known = knownItemOf(item);
        if (known?.k === "state" && known.s === "interrupted") interruptions++;
        if (known?.k !== "turn") continue;
        if (turns.has(known.t)) throw new Violation("R9", `${session} has two turns of number ${known.t}`);
        turns.add(known.t);
      }
      const starts = 1 + this.#world.judges.startsOf(session);
      if (interruptions > starts) {
        throw new Violation(
          "R12",
          `${session} was started ${starts} times and says interrupted ${interruptions} times`,
        );
      }
    }
  }
}

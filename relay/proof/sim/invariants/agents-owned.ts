// R12 After relay restart each session is either re-adopted or has exactly one `interrupted` record; no orphan agent keeps
// running unowned. R13 what an agent says is in its session once and in order, of an agent in a host all of it. R9 (the log's
// part) no two items of a session go by one name.
import { knownItemOf, type ItemOf } from "../../../../schema/index.ts";
import { readItems } from "../../../desk/session-reader.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

export class AgentsOwned {
  readonly #world: World;
  #isSetBack = false;
  #hadFullDisk = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** What agents said since the copy was made may be there, and be theirs to say again. */
  relaySetBack(): void {
    this.#isSetBack = true;
  }

  /** What an agent said then is lost with it, and its session says interrupted. */
  diskFull(): void {
    this.#hadFullDisk = true;
  }

  async atTheEnd(): Promise<void> {
    const { relay, deeds } = this.#world;
    const live = relay.sqlite.prepare("SELECT count(*) AS n FROM sess WHERE state = 'live'").get()?.["n"];
    if (deeds.running.size > Number(live)) {
      throw new Violation("R12", `${deeds.running.size} agents run, ${String(live)} sessions say that they do`);
    }
    const { log, trust } = relay.boot ?? {};
    if (log === undefined || trust === undefined) return;
    const heard = new Map<string, number>();
    for (const session of log.sessions()) {
      let interruptions = 0;
      const turns = new Set<number>();
      for await (const { item } of readItems({ log, epochs: trust.epochs }, session, 1, null)) {
        const known = knownItemOf(item);
        if (known?.k === "state" && known.s === "interrupted") interruptions++;
        if (known?.k === "acp" && !this.#isSetBack) this.#hear(known, heard);
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
    if (!this.#isSetBack && !this.#hadFullDisk) this.#requireWhole(heard);
  }

  /** An agent's words are counted: `name.1`, `name.2`. */
  #hear({ u }: ItemOf<"acp">, heard: Map<string, number>): void {
    const [, name, number] = /"(agent-\d+)\.(\d+) /.exec(JSON.stringify(u)) ?? [];
    if (name === undefined) return;
    const before = heard.get(name) ?? 0;
    if (Number(number) !== before + 1) throw new Violation("R13", `${name} is heard saying ${number} after ${before}`);
    heard.set(name, before + 1);
  }

  #requireWhole(heard: ReadonlyMap<string, number>): void {
    for (const [name, said] of this.#world.relay.hosts.said()) {
      if (said !== (heard.get(name) ?? 0)) {
        throw new Violation("R13", `${name} said ${said} things, ${heard.get(name) ?? 0} are in its session`);
      }
    }
  }
}

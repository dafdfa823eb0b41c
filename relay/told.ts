// What records of a session that were taken back say of it: a relay that goes on from an older copy of its state has
// forgotten that it said so, and would say it again.
import type { Item } from "../schema/index.ts";

/** Everything that is said of a session once. `learn` its items in their order. */
export class Told {
  readonly #turns = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #answered = new Set<string>();
  #state: string | null = null;

  /** The newest turn; 0 before the first. */
  get turn(): number {
    return Math.max(0, ...this.#turns);
  }

  learn(item: Item): void {
    if (item.k === "turn") this.#turns.add(item.t);
    else if (item.k === "turnend") this.#ended.add(item.t);
    else if (item.k === "waitdone") this.#answered.add(item.wid);
    else if (item.k === "state") this.#state = item.s;
  }

  /** The item adds nothing: it has been said. */
  says(item: Item): boolean {
    if (item.k === "turn") return this.#turns.has(item.t);
    if (item.k === "turnend") return this.#ended.has(item.t);
    if (item.k === "waitdone") return this.#answered.has(item.wid);
    return item.k === "state" && this.#state === item.s;
  }
}

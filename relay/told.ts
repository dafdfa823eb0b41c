// What records of a session that were taken back say of it: a relay that goes on from an older copy of its state has
// forgotten that it said so, and would say it again.
import type { Item } from "../schema/index.ts";

/** Everything that is said of a session once. `learn` its items in their order. */
export class Told {
  readonly #said = new Set<string>();
  #state: string | null = null;
  #turn = 0;

  /** The newest turn; 0 before the first. */
  get turn(): number {
    return this.#turn;
  }

  learn(item: Item): void {
    if (item.k === "state") this.#state = item.s;
    if (item.k === "turn") this.#turn = Math.max(this.#turn, item.t);
    const name = nameOf(item);
    if (name !== null) this.#said.add(name);
  }

  /** The item adds nothing: it has been said. */
  says(item: Item): boolean {
    if (item.k === "state") return this.#state === item.s;
    const name = nameOf(item);
    return name !== null && this.#said.has(name);
  }
}

/** Of what is said once; null for what may be said again. */
function nameOf(item: Item): string | null {
  switch (item.k) {
    case "turn":
    case "turnend":
      return `${item.k} ${item.t}`;
    case "wait":
    case "waitdone":
      return `${item.k} ${item.wid}`;
    case "user":
    case "unqueued":
      // A prompt may be changed while it waits: the same words of the same command are the same thing.
      return JSON.stringify(item);
    default:
      return null;
  }
}

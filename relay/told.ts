// What records of a session that were taken back say of it: a relay that goes on from an older copy of its state has
// forgotten that it said so, and would say it again.
import type { Item, PromptOrigin } from "../schema/index.ts";

/** Everything that is said of a session once. `learn` its items in their order. */
export class Told {
  readonly #said = new Set<string>();
  /** Prompts that are in no queue any more. */
  readonly #left = new Set<string>();
  #state: string | null = null;
  #turn = 0;

  /** The newest turn; 0 before the first. */
  get turn(): number {
    return this.#turn;
  }

  learn(item: Item): void {
    if (item.k === "state") this.#state = item.s;
    if (item.k === "turn") this.#turn = Math.max(this.#turn, item.t);
    if (item.k === "turn") for (const of of item.of) this.#leaves(of);
    if (item.k === "unqueued" && item.why === "withdrawn") this.#leaves(item.of);
    const name = nameOf(item);
    if (name !== null) this.#said.add(name);
  }

  /** The item adds nothing: it has been said. */
  says(item: Item): boolean {
    if (item.k === "state") return this.#state === item.s;
    // A prompt that was told of before the copy was made: said after its turn, it would stand there twice.
    if (item.k === "user" && item.of !== "desk" && this.#left.has(item.of.join("."))) return true;
    const name = nameOf(item);
    return name !== null && this.#said.has(name);
  }

  /** The desk names no command: its prompts are told apart by nothing. */
  #leaves(of: PromptOrigin): void {
    if (of !== "desk") this.#left.add(of.join("."));
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

// What records of a session that were taken back say of it: a relay that goes on from an older copy of its state has
// forgotten that it said so, and would say it again.
import type { Item, PromptBlock, PromptOrigin } from "../schema/index.ts";

/** A prompt in a session's queue, as records tell of it. */
interface Waiting {
  readonly of: PromptOrigin;
  readonly prompt: readonly PromptBlock[];
}

/** Everything that is said of a session once. `learn` its items in their order. */
export class Told {
  readonly #said = new Set<string>();
  /** Prompts that are in no queue any more. */
  readonly #left = new Set<string>();
  readonly #waiting: Waiting[] = [];
  #state: string | null = null;
  #turn = 0;

  /** The newest turn; 0 before the first. */
  get turn(): number {
    return this.#turn;
  }

  /** Prompts that were in the queue in the end. */
  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  learn(item: Item): void {
    if (item.k === "user") this.#waits(item.of, item.prompt);
    if (item.k === "state") this.#state = item.s;
    if (item.k === "turn") this.#turn = Math.max(this.#turn, item.t);
    if (item.k === "turn") for (const of of item.of) this.#leaves(of);
    if (item.k === "unqueued" && item.why === "withdrawn") this.#leaves(item.of);
    if (item.k === "unqueued" && item.why === "edited" && item.prompt !== undefined) this.#waits(item.of, item.prompt);
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

  /** Told again, it keeps its place with the newest words. */
  #waits(of: PromptOrigin, prompt: readonly PromptBlock[]): void {
    const place = of === "desk" ? -1 : this.#placeOf(of);
    if (place < 0) this.#waiting.push({ of, prompt });
    else this.#waiting[place] = { of, prompt };
  }

  #leaves(of: PromptOrigin): void {
    // The desk names no command: its prompts are told apart by nothing, and taken in order.
    if (of !== "desk") this.#left.add(of.join("."));
    const place = this.#placeOf(of);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  #placeOf(of: PromptOrigin): number {
    return this.#waiting.findIndex((each) => String(each.of) === String(of));
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

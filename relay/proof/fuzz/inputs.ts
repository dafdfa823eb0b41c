// The inputs of a target, by number: the corpus itself first, then endless changes of it. The same seed, target and
// number always give the same bytes, so a number is all that a replay needs.
import type { Bytes } from "../../../schema/index.ts";
import { chanceOf, type Chance } from "./chance.ts";
import { filledLists } from "./filled-lists.ts";
import { hostileLarge, hostileSmall } from "./hostile.ts";
import { mutateBytes, type MutationSource } from "./mutate-bytes.ts";
import { mutateJson } from "./mutate-json.ts";
import { bytesOf, type FuzzTarget } from "./target.ts";

/** One in this many inputs starts from a large hostile one: they cost a thousand times more than the others. */
const LARGE_ONE_IN = 20_000;
/** One in this many starts from a small hostile one instead of an honest one. */
const HOSTILE_ONE_IN = 16;
/** An honest input over this many bytes is started from as seldom as a large hostile one. */
const SMALL_BYTES = 32 * 1024;

/** Makes the inputs of one target. */
export class Inputs {
  readonly #name: string;
  readonly #maxBytes: number;
  readonly #tokens: readonly Bytes[];
  readonly #honest: readonly Bytes[];
  readonly #hostile: readonly Bytes[];
  readonly #large: readonly (() => Bytes)[];
  readonly #whole: readonly (() => Bytes)[];

  constructor(target: FuzzTarget, seed: string) {
    this.#name = `${seed}/${target.name}`;
    this.#maxBytes = target.maxBytes;
    this.#tokens = (target.tokens ?? []).map(bytesOf);
    const honest = target.corpus().map((bytes) => bytes.slice(0, target.maxBytes));
    const small = honest.filter((bytes) => bytes.length <= SMALL_BYTES);
    this.#hostile = hostileSmall().map((bytes) => bytes.slice(0, target.maxBytes));
    this.#honest = small.length > 0 ? small : this.#hostile;
    const large = hostileLarge(target.maxBytes);
    const whole = (bytes: Bytes) => (): Bytes => bytes;
    this.#large = [...honest.filter((bytes) => bytes.length > SMALL_BYTES).map(whole), ...large];
    this.#whole = [
      ...honest.map(whole),
      ...this.#hostile.map(whole),
      ...large,
      ...filledLists(honest, target.maxBytes),
    ];
  }

  /** How many of the first inputs are the corpus as it is. */
  get unchanged(): number {
    return this.#whole.length;
  }

  /** Input number `index`, from 0. */
  at(index: number): Bytes {
    const whole = this.#whole[index];
    if (whole !== undefined) return whole();
    const chance = chanceOf(this.#name, index);
    const source: MutationSource = {
      chance,
      other: () => this.#start(chance),
      tokens: this.#tokens,
      maxBytes: this.#maxBytes,
    };
    let bytes = this.#start(chance);
    for (let changes = chance.below(4); changes >= 0; changes--) {
      const changed = chance.oneIn(2) ? mutateJson(bytes, source) : null;
      bytes = (changed ?? mutateBytes(bytes, source)).slice(0, this.#maxBytes);
    }
    return bytes;
  }

  #start(chance: Chance): Bytes {
    if (chance.oneIn(LARGE_ONE_IN)) return chance.pick(this.#large)();
    return chance.oneIn(HOSTILE_ONE_IN) ? chance.pick(this.#hostile) : chance.pick(this.#honest);
  }
}

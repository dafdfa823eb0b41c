// What a malicious Worker does, as small objects: most of it is keeping something back.
import type { AnyFrame, FrameName } from "../../../schema/index.ts";
import type { Strategy } from "./malicious-worker.ts";
import { controlName, type Direction, type Said } from "./wire.ts";

/** Keeps back every frame of these kinds, one way or all, for which `when` holds. */
export function withhold(
  names: readonly FrameName[],
  direction: Direction | "any" = "any",
  when: (frame: AnyFrame) => boolean = () => true,
): Strategy {
  return {
    name: `withholds ${names.join(", ")}`,
    onMessage: (way, said) =>
      said.kind === "frame" &&
      (direction === "any" || way === direction) &&
      names.includes(said.frame.name) &&
      when(said.frame)
        ? []
        : [said],
  };
}

/** Keeps back control messages by their `t`. */
export function silence(names: readonly string[], direction: Direction): Strategy {
  return {
    name: `silences ${names.join(", ")}`,
    onMessage: (way, said) => (way === direction && names.includes(controlName(said)) ? [] : [said]),
  };
}

/** One strategy after the other: what the first passes on goes through the next. */
export function both(first: Strategy, second: Strategy): Strategy {
  return {
    name: `${first.name}, ${second.name}`,
    onMessage: (way, said, line) =>
      first.onMessage(way, said, line).flatMap((each) => second.onMessage(way, each, line)),
  };
}

/** Keeps frames of these kinds for later, in the order they came. */
export class Keeper implements Strategy {
  readonly name = "keeps for later";
  readonly kept: Said[] = [];
  readonly #names: readonly FrameName[];
  readonly #direction: Direction;

  constructor(names: readonly FrameName[], direction: Direction) {
    this.#names = names;
    this.#direction = direction;
  }

  onMessage(direction: Direction, said: Said): readonly Said[] {
    if (direction !== this.#direction || said.kind !== "frame" || !this.#names.includes(said.frame.name)) return [said];
    this.kept.push(said);
    return [];
  }
}

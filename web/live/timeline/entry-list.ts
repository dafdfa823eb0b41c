// The entries of a conversation as the fold grows them: append, replace, remove, and what changed since it was asked.
import type { TimelineEntry } from "../model.ts";
import type { Splice } from "./splices.ts";

/** Keys are unique; an entry is replaced as a whole. */
export class EntryList {
  readonly #entries: TimelineEntry[] = [];
  readonly #places = new Map<string, number>();
  /** Length at the last `takeSplices`; entries from here on are new. */
  #told = 0;
  readonly #dirty = new Set<number>();
  /** A removal moved entries: everything from here on is told again. */
  #dirtyFrom = Infinity;

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  get last(): TimelineEntry | undefined {
    return this.#entries.at(-1);
  }

  find(key: string): TimelineEntry | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#entries[place];
  }

  append(entry: TimelineEntry): void {
    this.#places.set(entry.key, this.#entries.length);
    this.#entries.push(entry);
  }

  /** Puts an entry in the place of the one with its key, or at the end. */
  put(entry: TimelineEntry): void {
    const place = this.#places.get(entry.key);
    if (place === undefined) {
      this.append(entry);
      return;
    }
    this.#entries[place] = entry;
    if (place < this.#told) this.#dirty.add(place);
  }

  /** Costs the entries behind it; only voided tails are ever removed. */
  remove(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#entries.splice(place, 1);
    this.#places.delete(key);
    for (let index = place; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined) this.#places.set(entry.key, index);
    }
    this.#dirtyFrom = Math.min(this.#dirtyFrom, place);
  }

  /** What changed since the last call, in an order that can be applied one after the other. */
  takeSplices(): Splice[] {
    const splices: Splice[] = [];
    const stableEnd = Math.min(this.#told, this.#dirtyFrom);
    for (const place of [...this.#dirty].sort((a, b) => a - b)) {
      const entry = this.#entries[place];
      if (place < stableEnd && entry !== undefined) splices.push({ from: place, remove: 1, entries: [entry] });
    }
    const fresh = this.#entries.slice(stableEnd);
    if (fresh.length > 0 || this.#told > stableEnd) {
      splices.push({ from: stableEnd, remove: this.#told - stableEnd, entries: fresh });
    }
    this.#told = this.#entries.length;
    this.#dirty.clear();
    this.#dirtyFrom = Infinity;
    return splices;
  }
}

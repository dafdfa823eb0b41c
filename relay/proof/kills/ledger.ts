// What was ever seen outside of the relay, by session and number: none of it may be gone later, or say something else.
import type { Hash, SessionId } from "../../../schema/index.ts";

/** Anything with a place in a log. */
export interface Sighting {
  readonly session: SessionId;
  readonly seq: number;
  readonly h: Hash;
}

export class Ledger {
  readonly #seen = new Map<string, Hash>();
  /** Places whose record had left the relay: stored by the Worker, or shown by a device. */
  readonly #acked = new Map<string, string>();

  /** Sentences about records that have two contents. */
  see(where: string, records: readonly Sighting[]): string[] {
    return records.flatMap(({ session, seq, h }) => {
      const place = `${session}/${seq}`;
      const known = this.#seen.get(place);
      this.#seen.set(place, known ?? h);
      return known === undefined || known === h ? [] : [`two contents: ${place} at ${where}`];
    });
  }

  /** As `see`, and from now on they count as acknowledged. */
  acknowledge(where: string, records: readonly Sighting[]): string[] {
    for (const { session, seq } of records) this.#acked.set(`${session}/${seq}`, where);
    return this.see(where, records);
  }

  /** Sentences about acknowledged records that these are not among. */
  lost(where: string, records: readonly Sighting[]): string[] {
    const there = new Set(records.map(({ session, seq }) => `${session}/${seq}`));
    return [...this.#acked]
      .filter(([place]) => !there.has(place))
      .map(([place, by]) => `lost: ${place} of ${by} at ${where}`);
  }

  get acknowledged(): number {
    return this.#acked.size;
  }
}

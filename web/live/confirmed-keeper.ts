// Keeps when a machine last proved itself, so that the next life of the page can say so while it is away.
import type { MachineId } from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import type { LiveStore } from "./live-store.ts";
import type { ProofKeeper } from "./proof-keeper.ts";

/** How often it is stored at most. */
const KEPT_EVERY_MS = 30_000;

/** One per machine. */
export class ConfirmedKeeper {
  readonly #store: LiveStore;
  readonly #clock: Clock;
  #keptAt = -Infinity;

  constructor(store: LiveStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Call after each proof. */
  async keep(m: MachineId, { confirmedAt, offsetMs: clockOffsetMs }: ProofKeeper): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - this.#keptAt < KEPT_EVERY_MS) return;
    this.#keptAt = now;
    await this.#store.changeMachine(m, (row) => ({ ...row, confirmedAt, clockOffsetMs }));
  }
}

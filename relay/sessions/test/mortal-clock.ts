// A clock whose timers end with their boot, as those of a killed process do: nothing of it is left for the next test.
import type { Clock } from "../../clock.ts";

/** Passes everything on to another clock until its time has come. */
export class MortalClock implements Clock {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();
  #isDead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now = (): number => this.#clock.now();
  monotonic = (): number => this.#clock.monotonic();

  setTimer = (callback: () => void, delayMs: number): (() => void) => {
    if (this.#isDead) return () => undefined;
    const cancel = (): void => {
      this.#cancels.delete(cancel);
      cancelTimer();
    };
    const cancelTimer = this.#clock.setTimer(() => {
      this.#cancels.delete(cancel);
      callback();
    }, delayMs);
    this.#cancels.add(cancel);
    return cancel;
  };

  die(): void {
    this.#isDead = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}

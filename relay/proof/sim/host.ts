// A computer with a clock of its own, which jumps, drifts and sleeps; and the life of one process on it.
import type { Clock as DeviceClock } from "../../../web/live/clock.ts";
import type { Clock as RelayClock } from "../../clock.ts";
import type { Schedule } from "./schedule.ts";

/** 1 November 2026, 00:00 UTC: when every simulation begins. */
const BEGINNING_MS = Date.UTC(2026, 10, 1);

/** Thrown wherever a process that has died would do something more. */
export class Died extends Error {
  override readonly name = "Died";
}

/** One process: once dead, nothing it planned happens. */
export class Life {
  isOver = false;
  readonly #endings: (() => void)[] = [];

  /** Runs when it dies. */
  onEnd(run: () => void): void {
    this.#endings.push(run);
  }

  /** Idempotent. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const run of this.#endings) run();
  }
}

export class Host {
  readonly name: string;
  readonly #schedule: Schedule;
  /** Its wall clock is wrong by so much. */
  skewMs = 0;
  /** And runs this much too fast. */
  drift = 0;
  /** Off the network: nothing leaves or arrives. */
  isOnline = true;
  /** Virtual ms when its lid was closed; null while it is open. */
  #asleepSince: number | null = null;
  #sleptMs = 0;
  #cancelWaking: () => void = () => undefined;
  /** What became due in its sleep, and what of that is still to be done after it woke. */
  #waiting: (() => void)[] = [];
  #late = 0;

  constructor(name: string, schedule: Schedule) {
    this.name = name;
    this.#schedule = schedule;
  }

  /** Epoch ms, as it believes. */
  wall(): number {
    return Math.floor(BEGINNING_MS + this.#schedule.now * (1 + this.drift) + this.skewMs);
  }

  /** Stands still in its sleep. */
  monotonic(): number {
    return (this.#asleepSince ?? this.#schedule.now) - this.#sleptMs;
  }

  isAsleep(): boolean {
    return this.#asleepSince !== null;
  }

  /** Closes its lid for so long: what is due meanwhile happens when it wakes. */
  sleep(ms: number): void {
    if (this.#asleepSince !== null) return;
    this.#asleepSince = this.#schedule.now;
    this.#cancelWaking = this.#schedule.after(ms, `${this.name}:wakes`, () => this.wake());
  }

  /** Opens it early, or in time. Idempotent. */
  wake(): void {
    if (this.#asleepSince === null) return;
    this.#cancelWaking();
    this.#sleptMs += this.#schedule.now - this.#asleepSince;
    this.#asleepSince = null;
    for (const run of this.#waiting.splice(0)) {
      this.#late++;
      this.#schedule.after(1, `${this.name}:late`, () => {
        this.#late--;
        run();
      });
    }
  }

  /** In this very moment when it is awake, else in its turn after it woke. */
  soon(life: Life, label: string, run: () => void): void {
    if (this.#asleepSince !== null || this.#late > 0) this.after(life, 0, label, run);
    else if (!life.isOver) run();
  }

  /** Something happens on this computer, if the process it concerns still lives; in its sleep, later. */
  after(life: Life, delayMs: number, label: string, run: () => void): () => void {
    let isCancelled = false;
    const attempt = (): void => {
      if (isCancelled || life.isOver) return;
      if (this.#asleepSince === null) run();
      else this.#waiting.push(attempt);
    };
    const cancel = this.#schedule.after(delayMs, `${this.name}:${label}`, attempt);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  relayClock(life: Life): RelayClock {
    return {
      now: () => this.wall(),
      monotonic: () => this.monotonic(),
      setTimer: (run, delayMs) => this.after(life, delayMs, "timer", run),
    };
  }

  deviceClock(life: Life): DeviceClock {
    return {
      wall: () => this.wall(),
      monotonic: () => this.monotonic(),
      after: (delayMs, run) => this.after(life, delayMs, "timer", run),
    };
  }
}

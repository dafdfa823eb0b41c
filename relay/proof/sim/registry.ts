// The Worker's registry of one machine, as its hub and its front door see it: slow, sometimes away, written in order.
import { AppError, type DeviceId, type Grant, type MachineId } from "../../../schema/index.ts";
import type { Life } from "./host.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

/** How well D1 does now. */
export interface RegistryHealth {
  delayMs: [low: number, high: number];
  /** Probability that a write fails before or after it took effect. */
  failure: number;
}

export const HEALTHY: RegistryHealth = { delayMs: [1, 30], failure: 0 };

export class Registry {
  readonly #schedule: Schedule;
  readonly #random: Random;
  health: RegistryHealth = HEALTHY;
  rev = 0;
  readonly #grants = new Map<string, Grant>();

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  grantOf(d: DeviceId): Grant | null {
    return this.#grants.get(d) ?? null;
  }

  /** Nothing follows for an object that is gone meanwhile, whether or not the rows were written. */
  replaceGrants(life: Life, rev: number, list: readonly Grant[]): Promise<void> {
    const [low, high] = this.health.delayMs;
    const fails = this.#random.chance(this.health.failure);
    const isWritten = !fails || this.#random.chance(0.5);
    return new Promise((resolve, reject) => {
      this.#schedule.after(this.#random.skewed(low, high), "registry", () => {
        if (isWritten) this.#replace(rev, list);
        if (life.isOver) return;
        if (fails) reject(new Error("D1 is away"));
        else resolve();
      });
    });
  }

  #replace(rev: number, list: readonly Grant[]): void {
    if (rev <= this.rev) return;
    this.rev = rev;
    this.#grants.clear();
    for (const grant of list) this.#grants.set(grant.kid, grant);
  }
}

/** What the front door answers a device that has no grant. */
export function noGrant(m: MachineId): AppError {
  return new AppError("E_GRANT", { m });
}

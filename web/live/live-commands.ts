// Live commands (class 2): bound to one boot of the relay, never stored, never repeated. Counters come in blocks.
import {
  AppError,
  COMMAND_TTL_MS,
  CTR_BLOCK,
  encodePlain,
  hashOf,
  isAppError,
  isErrorCode,
  OPERATIONS,
  parseShape,
  sealFrame,
  type ArgsOf,
  type BootId,
  type Bytes,
  type DataOf,
  type ErrorCode,
  type Frame,
  type Hash,
  type OperationName,
  type ResultPlain,
} from "../../schema/index.ts";
import type { MachineKeys } from "./keyring.ts";
import type { IdentityRow, LiveStore, MachineRow } from "./live-store.ts";
import { openResult } from "./outbox.ts";
import type { Clock } from "./clock.ts";

/** A read of the machine that takes longer than this is given up; asking again is harmless. */
const ANSWER_WITHIN_MS = 20_000;

/** Counters of one generation, from `next` up to `end`. */
const NO_BLOCK = { g: 0, next: 0, end: 0 };

interface Pending {
  readonly h: Hash;
  readonly settle: (data: unknown) => void;
  readonly refuse: (error: AppError) => void;
}

interface LiveCommandOptions {
  readonly store: LiveStore;
  readonly identity: IdentityRow;
  readonly machine: Pick<MachineRow, "m">;
  readonly keys: MachineKeys;
  /** Another tab has changed the keys: reads what is stored. */
  readonly refresh: () => Promise<void>;
  /** Every answer of the machine that opened. */
  readonly heard: (g: number, result: ResultPlain) => void;
  readonly clock: Clock;
  /** The relay's boot from a fresh beacon; null while the machine is not live. */
  readonly boot: () => BootId | null;
  /** Machine time. */
  readonly now: () => number;
  readonly send: (frame: Bytes) => void;
}

/** One per machine; results are matched by counter and by the hash of the very frame. */
export class LiveCommands {
  readonly #options: LiveCommandOptions;
  readonly #pending = new Map<string, Pending>();
  #block = NO_BLOCK;
  #reserving: Promise<void> | null = null;

  constructor(options: LiveCommandOptions) {
    this.#options = options;
  }

  /** The data of the final result. Throws E_OFFLINE, E_BOOT, E_TIMEOUT or the machine's own refusal. */
  async run<N extends OperationName>(op: N, args: ArgsOf<N>): Promise<DataOf<N>> {
    try {
      return await this.#once(op, args);
    } catch (error) {
      if (!isAppError(error, "E_CTR_OLD")) throw error;
      this.#block = NO_BLOCK;
      return this.#once(op, args);
    }
  }

  async #once<N extends OperationName>(op: N, args: ArgsOf<N>): Promise<DataOf<N>> {
    const { machine, identity, keys, clock, send, now } = this.#options;
    const boot = this.#options.boot();
    if (boot === null) throw new AppError("E_OFFLINE");
    const { g, ctr } = await this.#counter();
    const pairwise = keys.generation(g);
    if (pairwise === null) throw new AppError("E_REKEY");
    const { m } = machine;
    const name = nameOf(g, ctr);
    const header = { m, d: identity.d, g, ctr, exp: Math.round(now()) + COMMAND_TTL_MS, class: 2, boot };
    const frame = await sealFrame("CMD", header, pairwise.cmd, encodePlain("CMD", { op, args }));
    const h = await hashOf(frame);
    const data = await new Promise((settle, refuse) => {
      const cancel = clock.after(ANSWER_WITHIN_MS, () => this.#refuse(name, "E_TIMEOUT"));
      const over = (): void => {
        cancel();
        this.#pending.delete(name);
      };
      this.#pending.set(name, {
        h,
        settle: (value) => (over(), settle(value)),
        refuse: (error) => (over(), refuse(error)),
      });
      send(frame);
    });
    const shape: (typeof OPERATIONS)[N]["data"] = OPERATIONS[op].data;
    return parseShape(data ?? {}, shape) as DataOf<N>;
  }

  async #counter(): Promise<{ readonly g: number; readonly ctr: number }> {
    const isStale = (): boolean => this.#block.g !== this.#options.keys.g;
    // Stale once: keys have changed. Stale again: another tab has others, and they could not be read.
    for (let tries = 0; this.#block.next >= this.#block.end || (isStale() && tries < 2); tries++) {
      this.#reserving ??= this.#reserve().finally(() => {
        this.#reserving = null;
      });
      await this.#reserving;
    }
    return { g: this.#block.g, ctr: this.#block.next++ };
  }

  async #reserve(): Promise<void> {
    const { store, machine, keys, refresh } = this.#options;
    const { g, first } = await store.reserveCounters(machine.m, keys.g, CTR_BLOCK);
    if (g !== keys.g) await refresh();
    this.#block = { g, next: first, end: first + CTR_BLOCK };
  }

  /** True when this RES answered one of ours. */
  async receive(frame: Frame<"RES">): Promise<boolean> {
    const { m, d, g, ctr } = frame.header;
    const { machine, identity, keys } = this.#options;
    const pending = this.#pending.get(nameOf(g, ctr));
    if (pending === undefined || m !== machine.m || d !== identity.d) return false;
    const result = await openResult(frame, keys);
    if (result === null || result.h !== pending.h) return false;
    this.#options.heard(g, result);
    if (result.status === "done") pending.settle(result.data);
    else if (result.status !== "accepted") {
      const code = isErrorCode(result.code) ? result.code : "E_INTERNAL";
      pending.refuse(new AppError(code, result.text === undefined ? {} : { text: result.text }));
    }
    return true;
  }

  /** The hub could not pass one on. */
  refused(g: number, ctr: number, code: ErrorCode): void {
    this.#refuse(nameOf(g, ctr), code);
  }

  /** The connection is gone, and with it every answer. */
  connectionLost(): void {
    for (const name of this.#pending.keys()) this.#refuse(name, "E_OFFLINE");
  }

  #refuse(name: string, code: ErrorCode): void {
    this.#pending.get(name)?.refuse(new AppError(code));
  }
}

function nameOf(g: number, ctr: number): string {
  return `${g}/${ctr}`;
}

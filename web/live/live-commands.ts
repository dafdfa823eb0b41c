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
} from "../../schema/index.ts";
import type { MachineKeys } from "./keyring.ts";
import type { IdentityRow, LiveStore, MachineRow } from "./live-store.ts";
import { openResult } from "./outbox.ts";
import type { Clock } from "./clock.ts";

/** A read of the machine that takes longer than this is given up; asking again is harmless. */
const ANSWER_WITHIN_MS = 20_000;

interface Pending {
  readonly h: Hash;
  readonly settle: (data: unknown) => void;
  readonly refuse: (error: AppError) => void;
}

interface LiveCommandOptions {
  readonly store: LiveStore;
  readonly identity: IdentityRow;
  readonly machine: Pick<MachineRow, "m" | "g">;
  readonly keys: MachineKeys;
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
  readonly #pending = new Map<number, Pending>();
  #block = { next: 0, end: 0 };
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
      this.#block = { next: 0, end: 0 };
      return this.#once(op, args);
    }
  }

  async #once<N extends OperationName>(op: N, args: ArgsOf<N>): Promise<DataOf<N>> {
    const { machine, identity, keys, clock, send, now } = this.#options;
    const boot = this.#options.boot();
    if (boot === null) throw new AppError("E_OFFLINE");
    const ctr = await this.#counter();
    const { g, m } = machine;
    const header = { m, d: identity.d, g, ctr, exp: Math.round(now()) + COMMAND_TTL_MS, class: 2, boot };
    const frame = await sealFrame("CMD", header, keys.pairwise.cmd, encodePlain("CMD", { op, args }));
    const h = await hashOf(frame);
    const data = await new Promise((settle, refuse) => {
      const cancel = clock.after(ANSWER_WITHIN_MS, () => this.#refuse(ctr, "E_TIMEOUT"));
      const over = (): void => {
        cancel();
        this.#pending.delete(ctr);
      };
      this.#pending.set(ctr, {
        h,
        settle: (value) => (over(), settle(value)),
        refuse: (error) => (over(), refuse(error)),
      });
      send(frame);
    });
    const shape: (typeof OPERATIONS)[N]["data"] = OPERATIONS[op].data;
    return parseShape(data ?? {}, shape) as DataOf<N>;
  }

  async #counter(): Promise<number> {
    while (this.#block.next >= this.#block.end) {
      this.#reserving ??= this.#reserve().finally(() => {
        this.#reserving = null;
      });
      await this.#reserving;
    }
    return this.#block.next++;
  }

  async #reserve(): Promise<void> {
    const { store, machine } = this.#options;
    const first = await store.reserveCounters(machine.m, machine.g, CTR_BLOCK);
    this.#block = { next: first, end: first + CTR_BLOCK };
  }

  /** True when this RES answered one of ours. */
  async receive(frame: Frame<"RES">): Promise<boolean> {
    const { m, d, g, ctr } = frame.header;
    const { machine, identity, keys } = this.#options;
    const pending = this.#pending.get(ctr);
    if (pending === undefined || m !== machine.m || d !== identity.d || g !== machine.g) return false;
    const result = await openResult(frame, keys);
    if (result === null || result.h !== pending.h) return false;
    if (result.status === "done") pending.settle(result.data);
    else if (result.status !== "accepted") {
      const code = isErrorCode(result.code) ? result.code : "E_INTERNAL";
      pending.refuse(new AppError(code, result.text === undefined ? {} : { text: result.text }));
    }
    return true;
  }

  /** The hub could not pass one on. */
  refused(ctr: number, code: ErrorCode): void {
    this.#refuse(ctr, code);
  }

  /** The connection is gone, and with it every answer. */
  connectionLost(): void {
    for (const ctr of this.#pending.keys()) this.#refuse(ctr, "E_OFFLINE");
  }

  #refuse(ctr: number, code: ErrorCode): void {
    this.#pending.get(ctr)?.refuse(new AppError(code));
  }
}

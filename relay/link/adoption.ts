// Taking back from the Worker what this journal lost: our own records, page by page, each proven by our signature and by the
// chain. What does not fit is not taken; then the session has two histories, and stops.
import {
  AppError,
  genesis,
  HISTORY_PAGE,
  recordHash,
  verifyRecord,
  type Frame,
  type Hash,
  type MachineId,
  type OpaqueKey,
  type RelayToHub,
  type SessionId,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { AdoptedRecord, SessionLog } from "../journal/ports.ts";
import type { Restoring } from "./restoring.ts";

/** A Worker that does not answer a page within this is left, and asked again on the next connection. */
const PAGE_WITHIN_MS = 30_000;

/** The Worker's head of a session that this journal is behind of. */
export interface Ahead {
  readonly session: SessionId;
  readonly seq: number;
  readonly h: Hash;
}

export interface AdoptionParts {
  readonly machine: MachineId;
  /** RI's public half. */
  readonly ri: OpaqueKey;
  readonly log: Pick<SessionLog, "head" | "hold" | "adopt">;
  readonly restoring: Pick<Restoring, "mark">;
  readonly clock: Pick<Clock, "setTimer">;
  readonly send: (message: RelayToHub) => void;
  readonly note: (event: string, facts?: Readonly<Record<string, unknown>>) => void;
}

interface Page {
  readonly session: SessionId;
  readonly from: number;
  readonly to: number;
  readonly records: Frame<"EVT">[];
  readonly settle: (records: readonly Frame<"EVT">[]) => void;
}

/** One connection's adopting; frames and refusals of the hub are handed to it. */
export class Adoption {
  readonly #parts: AdoptionParts;
  #page: Page | null = null;

  constructor(parts: AdoptionParts) {
    this.#parts = parts;
  }

  /** Takes over all of a session that is new here; false when it does not fit. E_TIMEOUT when the Worker is silent. */
  async take(ahead: Ahead): Promise<boolean> {
    const { machine, log, restoring } = this.#parts;
    const { session } = ahead;
    // What was on its way into this session when the other end was found ahead: it decides whether the two fit.
    await log.hold(session);
    const from = (log.head(session)?.seq ?? 0) + 1;
    let last = log.head(session) ?? { seq: 0, h: await genesis(machine, session) };
    let isBegun = false;
    for (let at = from; at <= ahead.seq; at += HISTORY_PAGE + 1) {
      const frames = await this.#pull(session, at, Math.min(at + HISTORY_PAGE, ahead.seq));
      const records = await this.#proven(frames, last, !isBegun);
      if (records === null) return false;
      const newest = records.at(-1);
      if (newest === undefined) continue;
      log.adopt(session, records, () => restoring.mark(session, from));
      last = newest;
      isBegun = true;
    }
    return last.seq === ahead.seq && last.h === ahead.h;
  }

  /** One record of the hub; false when nobody asked for it. */
  record(frame: Frame<"EVT">): boolean {
    const page = this.#page;
    if (page === null || frame.header.session !== page.session) return false;
    page.records.push(frame);
    if (frame.header.seq >= page.to) page.settle(page.records);
    return true;
  }

  /** The hub has nothing of that page: evicted. */
  nothing(ref: readonly [unknown, unknown]): void {
    const page = this.#page;
    if (page !== null && ref[0] === page.session && ref[1] === page.from) page.settle([]);
  }

  #pull(session: SessionId, from: number, to: number): Promise<readonly Frame<"EVT">[]> {
    const { clock, send } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimer(() => {
        this.#page = null;
        reject(new AppError("E_TIMEOUT", { reason: "the Worker does not give back our records" }));
      }, PAGE_WITHIN_MS);
      const settle = (records: readonly Frame<"EVT">[]): void => {
        cancel();
        this.#page = null;
        resolve(records);
      };
      this.#page = { session, from, to, records: [], settle };
      send({ t: "pull", s: session, from, to });
    });
  }

  /** A page as it may be stored: signed by us, each bound to the one before; only before the first may a stretch be gone. */
  async #proven(
    frames: readonly Frame<"EVT">[],
    last: { readonly seq: number; readonly h: Hash },
    mayBegin: boolean,
  ): Promise<AdoptedRecord[] | null> {
    const { machine, ri, note } = this.#parts;
    const proven: AdoptedRecord[] = [];
    let { seq, h } = last;
    for (const frame of frames) {
      const { header } = frame;
      const isGap = mayBegin && proven.length === 0 && header.seq > seq + 1;
      const follows = header.seq === seq + 1 && header.prev === h;
      const own = await recordHash(frame.hdr, frame.body);
      if (header.m !== machine || !(follows || isGap) || !(await verifyRecord(frame, own, ri))) {
        note("adoption-refused", { session: header.session, seq: header.seq });
        return null;
      }
      ({ seq } = header);
      h = own;
      proven.push({ seq, h, epoch: header.epoch, at: header.time, frame: frame.bytes });
    }
    return proven;
  }
}

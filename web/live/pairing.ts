// Pairing on the new device: four frames over plain posts, each kept before it is sent, so that a reload goes on.
import {
  AppError,
  fromUtf8,
  isAppError,
  PAIR_CONFIRM_MS,
  PAIR_LINK_MS,
  parsePairLink,
  ROUTES,
  type Bytes,
  type PairLink,
} from "../../schema/index.ts";
import { refusalOf } from "./auth.ts";
import { ensureIdentity } from "./identity.ts";
import type { IdentityRow, MachineRow } from "./live-store.ts";
import type { PairingView } from "./model.ts";
import { answerPair2, beginPairing, finishPairing, isGarbled, keptAnswer, type Answered } from "./pairing-frames.ts";
import type { PairingRow } from "./pairing-row.ts";
import { failedPairing } from "./pairing-words.ts";
import type { Platform } from "./ports.ts";

/** A machine that runs its own Worker answers faster than this and never needs digits. */
const SHOW_CODE_AFTER_MS = 1500;
/** Between posts when nothing answers at all, or says at once that there is nothing yet: a Worker must not make it spin. */
const RETRY_MS = 2000;
/** A relay that just went away gets this long to come back. */
const RELAY_BACK_MS = 15_000;

interface PairingOptions {
  readonly platform: Platform;
  readonly show: (view: PairingView) => void;
  /** The machine is stored; connect to it. */
  readonly paired: (row: MachineRow) => Promise<void>;
}

/** One per device; a new start orphans the run before it. */
export class Pairing {
  readonly #options: PairingOptions;
  /** Identity of the run under way; a newer one orphans the older. */
  #run: object | null = null;
  #hideCode: (() => void) | null = null;

  constructor(options: PairingOptions) {
    this.#options = options;
  }

  /** Starts from a pasted link or a fragment. */
  async start(text: string, deviceName: string): Promise<void> {
    const { platform, show } = this.#options;
    let link: PairLink;
    try {
      link = parsePairLink(text);
    } catch (error) {
      if (!isAppError(error)) throw error;
      show(failedPairing("E_SCHEMA"));
      return;
    }
    const run = this.#begin();
    show({ step: "connecting", since: platform.clock.wall() });
    try {
      const identity = await ensureIdentity(platform.store);
      const startedAt = platform.clock.wall();
      const fresh = await beginPairing(link, identity, deviceName.slice(0, 64) || "Browser", startedAt);
      // The same link again goes on with what was already sent: a second PAIR1 would abort it.
      const row = await platform.store.changePairing((held) =>
        held !== null && isSameLink(held, link) && !isOver(held, startedAt) ? held : fresh,
      );
      if (row !== null) await this.#go(row, identity, run);
    } catch (error) {
      await this.#failed(error, run);
    }
  }

  /** Goes on with a pairing that a reload interrupted. */
  async resume(): Promise<void> {
    const { platform, show } = this.#options;
    const row = await platform.store.pairing();
    if (row === null || this.#run !== null) return;
    if (isOver(row, platform.clock.wall())) {
      await platform.store.changePairing(() => null);
      return;
    }
    const run = this.#begin();
    show({ step: "connecting", since: row.startedAt });
    try {
      await this.#go(row, await ensureIdentity(platform.store), run);
    } catch (error) {
      await this.#failed(error, run);
    }
  }

  async cancel(): Promise<void> {
    this.#run = null;
    this.#hideCode?.();
    await this.#options.platform.store.changePairing(() => null);
    this.#options.show({ step: "idle" });
  }

  #begin(): object {
    this.#hideCode?.();
    this.#run = {};
    return this.#run;
  }

  async #go(row: PairingRow, identity: IdentityRow, run: object): Promise<void> {
    const { platform, paired, show } = this.#options;
    const answered =
      row.answered === null ? await this.#exchange(row, identity, run) : await keptAnswer(row, identity, row.answered);
    this.#expectCode(answered, row, run);
    const bytes = await this.#post(row, answered.pair3, run);
    const machine = await finishPairing(row, identity, answered, bytes, platform.clock.wall());
    if (this.#run !== run) return;
    this.#hideCode?.();
    await platform.store.adoptMachine(machine);
    await platform.store.changePairing(() => null);
    await paired(machine);
    this.#run = null;
    show({ step: "paired", machine: machine.m, machineName: machine.name });
  }

  async #exchange(row: PairingRow, identity: IdentityRow, run: object): Promise<Answered> {
    const pair2 = await this.#post(row, row.pair1, run);
    const answered = await answerPair2(row, identity, pair2);
    const kept = await this.#options.platform.store.changePairing((held) =>
      held?.answered === null && isSameLink(held, row) ? { ...held, answered } : held,
    );
    if (kept === null || kept.answered === null) throw new AppError("E_PAIR_EXPIRED");
    return keptAnswer(row, identity, kept.answered);
  }

  /** The digits show only if the answer takes longer than a moment. */
  #expectCode({ machineName, code }: Answered, row: PairingRow, run: object): void {
    const { platform, show } = this.#options;
    show({ step: "finishing", machineName });
    const until = Math.min(platform.clock.wall() + PAIR_CONFIRM_MS, endOf(row));
    this.#hideCode = platform.clock.after(SHOW_CODE_AFTER_MS, () => {
      if (this.#run === run) show({ step: "code", code, machineName, until });
    });
  }

  /** The same bytes until there is an answer; 204 means: not yet. */
  async #post(row: PairingRow, body: Bytes, run: object): Promise<Bytes> {
    const { platform } = this.#options;
    let offlineSince: number | null = null;
    for (;;) {
      if (this.#run !== run) throw new AppError("E_PAIR_EXPIRED");
      if (isOver(row, platform.clock.wall())) throw new AppError("E_PAIR_EXPIRED");
      const askedAt = platform.clock.monotonic();
      const answer = await this.#once(row, body);
      if (answer instanceof Uint8Array) return answer;
      const isHeld = platform.clock.monotonic() - askedAt >= RETRY_MS;
      if (answer === "again") {
        if (!isHeld) await this.#pause();
        continue;
      }
      // A Worker that stumbles (its registry may be away for a moment) has not judged the link.
      if (answer.code !== "E_OFFLINE" && answer.code !== "E_INTERNAL") throw answer;
      const now = platform.clock.wall();
      offlineSince ??= now;
      if (answer.data["reason"] === undefined && now - offlineSince > RELAY_BACK_MS) throw answer;
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.platform.clock.after(RETRY_MS, resolve));
  }

  async #once(row: PairingRow, body: Bytes): Promise<Bytes | "again" | AppError> {
    let answer: { status: number; body: Bytes };
    try {
      answer = await this.#options.platform.post(ROUTES.pair(row.machine), "application/octet-stream", body);
    } catch {
      // No network: the link is still good, so it is tried until it expires.
      return new AppError("E_OFFLINE", { reason: "no network" });
    }
    if (answer.status === 204) return "again";
    return answer.status === 200 ? answer.body : refusalOf(fromUtf8(answer.body) ?? "");
  }

  async #failed(error: unknown, run: object): Promise<void> {
    if (this.#run !== run) return;
    this.#run = null;
    this.#hideCode?.();
    const { platform, show } = this.#options;
    const row = await platform.store.pairing();
    await platform.store.changePairing(() => null);
    const isKnown = row !== null && (await platform.store.machines()).some(({ m }) => m === row.machine);
    // A link that brought this device in before the page was reloaded is used up: that is success.
    const isUsed = isAppError(error, "E_PAIR_EXPIRED") || isAppError(error, "E_PAIR_USED");
    if (isUsed && isKnown && row !== null) {
      const held = (await platform.store.machines()).find(({ m }) => m === row.machine);
      show({ step: "paired", machine: row.machine, machineName: held?.name ?? "" });
      return;
    }
    if (isGarbled(error)) show(failedPairing("E_AUTH"));
    else if (isAppError(error)) show(failedPairing(error.code));
    else show(failedPairing("storage"));
  }
}

function isSameLink(row: PairingRow, link: Pick<PairLink, "machine" | "secret">): boolean {
  return row.machine === link.machine && row.secret.every((byte, index) => byte === link.secret[index]);
}

function endOf(row: PairingRow): number {
  return row.startedAt + PAIR_LINK_MS + PAIR_CONFIRM_MS;
}

function isOver(row: PairingRow, now: number): boolean {
  return now > endOf(row);
}

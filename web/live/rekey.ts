// When and how this device changes its pairwise keys with one machine (protocol section 10). Every step is one transaction,
// so that a reload at any point, or another tab, goes on with it; what was said under the old keys is settled first.
import {
  agree,
  exportPublic,
  fromB64,
  generateAgreementPair,
  OPERATIONS,
  REKEY_COMMANDS,
  REKEY_MS,
  rekeyRoot,
  toB64,
  UNANSWERED_MS,
  type OpaqueKey,
  type ResultPlain,
  type Secret,
} from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import { endedByRekey } from "./delivery.ts";
import type { HeldKeys, KeyChange, LiveStore, MachineRow, OutboxEntry, RekeyRow, RootRow } from "./live-store.ts";
import type { MachineHost } from "./machine-host.ts";
import type { Outbox } from "./outbox.ts";
import type { Trust } from "./trust.ts";

/** A rekey waits for a relay that is away for a moment, no longer: then the next one is begun. */
const REKEY_TTL_MS = 600_000;

/** True for an answer that says: these keys count no more. */
export function isKeyRefusal(code: string | null | undefined): boolean {
  return code === "E_REKEY" || code === "E_CTR_REUSED";
}

interface RekeyOptions {
  readonly store: LiveStore;
  readonly clock: Clock;
  readonly trust: Trust;
  readonly outbox: () => Outbox;
  readonly host: Pick<MachineHost, "keysChanged" | "outboxChanged" | "storageFailed">;
  readonly machineNow: () => number;
  /** The machine's own time was proven on this connection. */
  readonly isClockKnown: () => boolean;
  /** The machine takes nothing at all from this device, until somebody there confirms it; or does again. */
  readonly held: (isHeld: boolean) => void;
}

/** One per machine. Calls come in any order and as often as they like. */
export class Rekey {
  readonly #options: RekeyOptions;
  #working: Promise<void> = Promise.resolve();
  /** The highest counter that the machine says it has seen under the keys in force. */
  #hi = 0;
  /** It was refused: asked again at once, it would be refused again. */
  #isRefused = false;

  constructor(options: RekeyOptions) {
    this.#options = options;
  }

  /** The connection is ready: what a life before left half done goes on. */
  ready(): void {
    this.#isRefused = false;
    if (this.#row.before !== undefined) this.#hello();
    this.look();
  }

  /** Begins, goes on, or does nothing, as things stand. */
  look(): void {
    this.#then(() => this.#step());
  }

  /** Something about the keys is new: what was refused may not be any more. */
  again(): void {
    this.#isRefused = false;
    this.look();
  }

  /** The machine wants it: by its document of keys, or by refusing everything else. */
  force(): void {
    this.#then(async () => {
      const { m, mustRekey } = this.#row;
      if (mustRekey !== true) {
        await this.#changed(await this.#options.store.changeMachine(m, (found) => ({ ...found, mustRekey: true })));
      }
      await this.#step();
    });
  }

  /** One opened answer of the machine; `entry` is its durable command as it stood before. */
  heard(g: number, { code, hi }: ResultPlain, entry: OutboxEntry | null): void {
    const isCurrent = g === this.#row.g;
    if (isCurrent) this.#hi = Math.max(this.#hi, hi);
    if (isCurrent && this.#row.before !== undefined) this.#then(() => this.#forgetBefore());
    if (isKeyRefusal(code) && entry?.op !== "device.rekey") {
      this.#isRefused = false;
      this.force();
    }
    if (entry !== null || hi >= REKEY_COMMANDS) this.look();
  }

  get #row(): MachineRow {
    return this.#options.trust.row;
  }

  #hello(): void {
    this.#options.trust.hello({ isUrgent: true });
  }

  #then(step: () => Promise<void>): void {
    this.#working = this.#working.then(step).catch(this.#options.host.storageFailed);
  }

  /** From now on the stored row is the one; null: the machine was forgotten meanwhile. */
  async #changed(stored: MachineRow | null): Promise<void> {
    if (stored === null) return;
    await this.#options.trust.rekeyed(stored);
    this.#options.host.keysChanged();
  }

  /** What was stored beside the outbox's own view, for this tab and the others; and out it goes. */
  async #follow(): Promise<void> {
    const outbox = this.#options.outbox();
    await outbox.load();
    this.#options.host.outboxChanged();
    await outbox.sendAll();
  }

  async #step(): Promise<void> {
    await this.#takeAnswer();
    await this.#switch();
    await this.#begin();
  }

  async #begin(): Promise<void> {
    const { store, clock, machineNow, isClockKnown } = this.#options;
    const now = clock.wall();
    const { m, g } = this.#row;
    if (this.#row.rekey !== undefined || this.#isRefused || !isDue(this.#row, this.#hi, now)) return;
    if (this.#row.mustRekey !== true && !isClockKnown()) return;
    const pair = await generateAgreementPair(false);
    const wish = {
      eD: toB64(await exportPublic(pair.publicKey)),
      agreement: pair.privateKey,
      ...{ at: now, exp: Math.round(machineNow()) + REKEY_TTL_MS, hi: this.#hi },
    };
    // Another tab may be a generation further: then it has done what was due here.
    const stored = await store.changeKeys(m, (held) => (held.row.g === g ? begun(held, wish) : null));
    if (stored === null || (stored.g === g && stored.rekey === undefined)) return;
    await this.#changed(stored);
    await this.#follow();
  }

  /** The answer to our rekey, if it has come: a root, or the reason why there is none. */
  async #takeAnswer(): Promise<void> {
    const { store, held } = this.#options;
    const { m, g, root, rekey } = this.#row;
    if (rekey === undefined || rekey.next !== null) return;
    const entry = (await store.outbox(m)).find((each) => each.g === g && each.ctr === rekey.ctr);
    // Gone with a pairing, or by a person's hand: it is begun anew.
    const final = entry === undefined ? null : entry.final;
    if (entry !== undefined && final === null) return;
    const next = final?.status === "done" && entry !== undefined ? await answered(entry, rekey, root) : null;
    await this.#changed(await store.changeKeys(m, (found) => answerTaken(found, rekey.ctr, next)));
    await this.#follow();
    // A counter that was used before is no reason to wait: the next one is above all that the machine has seen.
    this.#isRefused = next === null && final !== null && final.code !== "E_CTR_OLD" && final.code !== "E_CTR_REUSED";
    held(final?.code === "E_REKEY");
  }

  async #switch(): Promise<void> {
    const { store, clock } = this.#options;
    const { m, g, rekey } = this.#row;
    if (rekey === undefined || rekey.next === null) return;
    const stored = await store.changeKeys(m, (held) => switched(held, clock.wall()));
    if (stored === null || stored.g === g) return;
    this.#hi = 0;
    await this.#changed(stored);
    await this.#follow();
    this.#hello();
  }

  async #forgetBefore(): Promise<void> {
    const { m, g } = this.#row;
    const { store } = this.#options;
    await this.#changed(await store.changeMachine(m, (found) => (found.g === g ? withoutBefore(found) : found)));
  }
}

/** Whether these keys have had their time (protocol 10). */
function isDue({ mustRekey, keyedAt, pairedAt }: MachineRow, hi: number, now: number): boolean {
  return mustRekey === true || now - (keyedAt ?? pairedAt) >= REKEY_MS || hi >= REKEY_COMMANDS;
}

interface Wished {
  readonly eD: string;
  readonly agreement: OpaqueKey;
  readonly at: number;
  readonly exp: number;
  readonly hi: number;
}

/** Only with an otherwise empty outbox; where the machine takes nothing else, what is open is unknown from now on. */
function begun({ row, entries, ctr: next }: HeldKeys, { eD, agreement, at, exp, hi }: Wished): KeyChange | null {
  if (row.rekey !== undefined) return null;
  const open = openUnder(entries, row.g, at);
  if (open.length > 0 && row.mustRekey !== true) return null;
  const ended = open.map((entry) => [entry, endedByRekey(entry, at)] as const);
  const ctr = Math.max(next, hi + 1);
  const { m, g } = row;
  const command = { m, g, ctr, op: "device.rekey" as const, args: { eD }, session: null, seen: null, at, exp };
  const fresh = { frame: null, h: null, stored: false, accepted: false, final: null, named: null };
  return {
    row: { ...row, rekey: { ctr, agreement, next: null } },
    put: [...ended.flatMap(([, entry]) => entry ?? []), { ...command, ...fresh }],
    drop: ended.flatMap(([entry, left]) => (left === null ? [entry] : [])),
    ctr: ctr + 1,
  };
}

function answerTaken({ row }: HeldKeys, ctr: number, next: Secret | null): KeyChange | null {
  const { rekey, ...rest } = row;
  if (rekey?.ctr !== ctr || rekey.next !== null) return null;
  const drop = [{ m: row.m, g: row.g, ctr }];
  return { row: next === null ? rest : { ...rest, rekey: { ...rekey, next } }, drop };
}

/** From here on everything is sealed under P_g+1. Not before all that was sealed under P_g has its last word. */
function switched({ row, entries }: HeldKeys, now: number): KeyChange | null {
  const { rekey, ...rest } = row;
  if (rekey === undefined || rekey.next === null || openUnder(entries, row.g, now).length > 0) return null;
  const { g, root } = row;
  return { row: { ...rest, g: g + 1, root: rekey.next, keyedAt: now, before: { g, root }, mustRekey: false } };
}

function withoutBefore(row: MachineRow): MachineRow {
  const kept: { before?: RootRow } & MachineRow = { ...row };
  delete kept.before;
  return kept;
}

/** Without a last word; what could never be sealed and is over has none to wait for. */
function openUnder(entries: readonly OutboxEntry[], g: number, now: number): readonly OutboxEntry[] {
  const isOver = ({ frame, exp }: OutboxEntry): boolean => frame === null && now > exp + UNANSWERED_MS;
  return entries.filter((entry) => entry.g === g && entry.final === null && !isOver(entry));
}

async function answered(entry: OutboxEntry, rekey: RekeyRow, root: Secret): Promise<Secret | null> {
  const data = OPERATIONS["device.rekey"].data.safeParse(entry.final?.data);
  const eR = data.success ? fromB64(data.data.eR) : null;
  if (eR === null || entry.h === null) return null;
  return rekeyRoot(await agree(rekey.agreement, eR), { root, command: entry.h, eR });
}

// Keys of one machine: pairwise keys, content keys by epoch, and the rule by which a newer keyring replaces an older.
import {
  contentKey,
  decodePlain,
  fromB64,
  importSecret,
  importVerifyKey,
  isAppError,
  keyringPlain,
  openFrame,
  pairwiseKeys,
  SECRET_BYTES,
  type Frame,
  type OpaqueKey,
  type PairwiseKeys,
  type Secret,
  type SessionId,
} from "../../schema/index.ts";
import type { IdentityRow, KeyringRow, MachineRow } from "./live-store.ts";

/** A KEYRING's content; null when it does not open, is not ours, or is malformed. */
export async function readKeyring(
  frame: Frame<"KEYRING">,
  row: Pick<MachineRow, "m" | "g">,
  identity: Pick<IdentityRow, "d">,
  res: Secret,
): Promise<KeyringRow | null> {
  const { m, d, g, rev, cur } = frame.header;
  if (m !== row.m || d !== identity.d || g !== row.g) return null;
  const bytes = await openFrame(frame, res);
  if (bytes === null) return null;
  try {
    const plain = decodePlain("KEYRING", bytes, keyringPlain);
    if (plain.rev !== rev || plain.cur !== cur) return null;
    const epochs: [number, Secret][] = [];
    for (const [epoch, text] of plain.epochs) {
      const root = fromB64(text);
      if (root?.length !== SECRET_BYTES) return null;
      epochs.push([epoch, await importSecret(root)]);
    }
    return { rev, cur, epochs, devices: plain.devices };
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}

/**
 * The keyring to keep: a rev that was seen or passed changes nothing. Roots that the newer one lacks stay: a machine that went
 * on from a copy has lost them, and what it sealed under them can still be read here.
 */
export function newerKeyring(held: KeyringRow, offered: KeyringRow): KeyringRow {
  if (offered.rev <= held.rev) return held;
  const named = new Set(offered.epochs.map(([epoch]) => epoch));
  return { ...offered, epochs: [...offered.epochs, ...held.epochs.filter(([epoch]) => !named.has(epoch))] };
}

interface Generation {
  readonly g: number;
  readonly keys: PairwiseKeys;
}

/** Derived keys of one machine, made once each. */
export class MachineKeys {
  readonly ri: OpaqueKey;
  #row: MachineRow;
  #current: Generation;
  /** Until the machine has answered under the current one. */
  #before: Generation | null;
  readonly #content = new Map<string, Promise<Secret>>();

  private constructor(row: MachineRow, ri: OpaqueKey, current: Generation, before: Generation | null) {
    this.#row = row;
    this.ri = ri;
    this.#current = current;
    this.#before = before;
  }

  static async of(row: MachineRow): Promise<MachineKeys> {
    const [ri, current, before] = await Promise.all([importVerifyKey(row.ri), derived(row), derivedBefore(row)]);
    return new MachineKeys(row, ri, current, before);
  }

  /** The generation that new commands are sealed under. */
  get g(): number {
    return this.#current.g;
  }

  /** Keys of one generation; null for any but the current one and the one before it. */
  generation(g: number): PairwiseKeys | null {
    if (g === this.#current.g) return this.#current.keys;
    return g === this.#before?.g ? this.#before.keys : null;
  }

  /** Follows the row: another generation, or one less. */
  async rekeyed(row: MachineRow): Promise<void> {
    const [current, before] = await Promise.all([
      row.g === this.#current.g ? this.#current : derived(row),
      row.before?.g === this.#before?.g ? this.#before : derivedBefore(row),
    ]);
    this.#current = current;
    this.#before = before;
    this.update(row);
  }

  /** After the keyring changed. */
  update(row: MachineRow): void {
    this.#row = row;
    this.#content.clear();
  }

  /** K_s,e or K_m,e; null for an epoch that is not in the keyring. */
  content(epoch: number, session: SessionId): Promise<Secret> | null {
    const name = `${epoch}/${session}`;
    const held = this.#content.get(name);
    if (held !== undefined) return held;
    const root = this.#row.keyring.epochs.find(([number]) => number === epoch)?.[1];
    if (root === undefined) return null;
    const key = contentKey(root, this.#row.m, session);
    this.#content.set(name, key);
    return key;
  }
}

async function derived({ g, root }: Pick<MachineRow, "g" | "root">): Promise<Generation> {
  return { g, keys: await pairwiseKeys(root) };
}

async function derivedBefore({ before }: MachineRow): Promise<Generation | null> {
  return before === undefined ? null : derived(before);
}

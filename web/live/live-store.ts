// What a device keeps, as rows, and the narrow storage the core asks for. Every method is one transaction.
import type {
  Bytes,
  DeviceId,
  DocId,
  Hash,
  KeyPair,
  KeyringPlain,
  MachineId,
  OpaqueKey,
  OperationName,
  ResultStatus,
  Scope,
  Secret,
  SessionId,
  UnknownItem,
} from "../../schema/index.ts";
import type { PairingRow } from "./pairing-row.ts";

/** DA of this browser profile: the private half cannot be exported. */
export interface IdentityRow {
  readonly pair: KeyPair;
  readonly publicKey: Bytes;
  readonly d: DeviceId;
}

/** What the newest accepted KEYRING said, its epoch roots as non-extractable secrets. */
export interface KeyringRow {
  readonly rev: number;
  readonly cur: number;
  readonly epochs: readonly (readonly [epoch: number, root: Secret])[];
  readonly devices: KeyringPlain["devices"];
}

/** A rekey under way (protocol 10): kept with its command, so that a reload, or another tab, goes on with it. */
export interface RekeyRow {
  /** Counter of its command in the outbox, under the generation in force. */
  readonly ctr: number;
  /** Our ephemeral private key; it cannot be exported. */
  readonly agreement: OpaqueKey;
  /** P_g+1 once the machine has answered; it is taken when nothing is left to be answered under P_g. */
  readonly next: Secret | null;
}

/** A pairwise root and its generation. */
export interface RootRow {
  readonly g: number;
  readonly root: Secret;
}

/** A paired machine. */
export interface MachineRow {
  readonly m: MachineId;
  readonly ri: Bytes;
  readonly name: string;
  readonly scope: Scope;
  readonly shell: boolean;
  readonly g: number;
  /** P_g. */
  readonly root: Secret;
  /** Device time since when it is; without it, since the pairing. */
  readonly keyedAt?: number;
  /** The root before, until the first result under this one has opened. */
  readonly before?: RootRow;
  readonly rekey?: RekeyRow;
  /** The machine takes nothing but a rekey. */
  readonly mustRekey?: boolean;
  readonly keyring: KeyringRow;
  /** Device time of the last proof, and machine time minus device time then. */
  readonly confirmedAt: number | null;
  readonly clockOffsetMs: number | null;
  readonly pairedAt: number;
}

/** The name of one command of this device. */
export interface EntryKey {
  readonly m: MachineId;
  readonly g: number;
  readonly ctr: number;
}

/** What a final RES said. */
export interface FinalResult {
  readonly status: ResultStatus;
  readonly code: string | null;
  readonly text: string | null;
  readonly data: unknown;
  readonly at: number;
}

/** A durable command from the moment the person wanted it until it is settled and seen. */
export interface OutboxEntry extends EntryKey {
  readonly op: OperationName;
  readonly args: unknown;
  readonly seen: readonly [SessionId, number, Hash] | null;
  readonly session: SessionId | null;
  readonly at: number;
  /** Machine time after which the relay refuses it. */
  readonly exp: number;
  /** The finished frame and its hash; null until it was sealed. Never replaced once there. */
  readonly frame: Bytes | null;
  readonly h: Hash | null;
  /** The Worker said `queued`. */
  readonly stored: boolean;
  /** A RES said `accepted`. */
  readonly accepted: boolean;
  readonly final: FinalResult | null;
  /** A `user` or `turn` item named it. */
  readonly named: "user" | "turn" | null;
}

/** A stretch of a session's log without a hole: `prev` is h before `from`, `h` that of `to`. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly prev: Hash;
  readonly h: Hash;
}

/** Where a session's cached log stands: runs in order, never touching. */
export interface LogRow {
  readonly m: MachineId;
  readonly s: SessionId;
  readonly runs: readonly Run[];
  /** The relay signed two histories of this session. */
  readonly forked: boolean;
  /** Device time it was last opened, for eviction. */
  readonly usedAt: number;
  /** About what its records take. */
  readonly bytes: number;
}

/** A machine's keys and its outbox as one transaction finds them. */
export interface HeldKeys {
  readonly row: MachineRow;
  readonly entries: readonly OutboxEntry[];
  /** Next counter of the generation in force. */
  readonly ctr: number;
}

/** What it leaves: the row, entries put and taken away, the next counter. */
export interface KeyChange {
  readonly row: MachineRow;
  readonly put?: readonly OutboxEntry[];
  readonly drop?: readonly EntryKey[];
  readonly ctr?: number;
}

/** One decrypted record. */
export interface RecordRow {
  readonly seq: number;
  readonly h: Hash;
  /** Machine time. */
  readonly time: number;
  readonly items: readonly UnknownItem[];
  readonly bytes: number;
}

/** One decrypted document; null = deleted. */
export interface DocRow {
  readonly m: MachineId;
  readonly session: SessionId;
  readonly doc: DocId;
  readonly rev: number;
  readonly name: string;
  readonly value: unknown;
}

/**
 * Storage of a device. Rejections mean the browser lost or refused storage. Documents and records of a machine that was
 * forgotten meanwhile (in another tab, or while they came) are not stored: a cursor left behind would hide what lies below
 * it from the next pairing.
 */
export interface LiveStore {
  /** False when nothing survives a reload. */
  readonly isDurable: boolean;
  /** The identity; `fresh` is kept only if there was none (two tabs may race). */
  identity(): Promise<IdentityRow | null>;
  keepIdentity(fresh: IdentityRow): Promise<IdentityRow>;
  machines(): Promise<readonly MachineRow[]>;
  /**
   * Puts a newly paired machine. Counters of an earlier pairing go on: the device keeps its name, so (d, g, ctr) must never
   * name two commands. Its commands stay too, with their words, and end as `endedByPairing` says. Two tabs may finish one
   * pairing: its keyring's rev tells that it is the same.
   */
  adoptMachine(row: MachineRow): Promise<void>;
  /** Reads, changes and writes one machine; nothing happens when it is gone. `change` must be synchronous and pure. */
  changeMachine(m: MachineId, change: (row: MachineRow) => MachineRow): Promise<MachineRow | null>;
  /** Removes all of a machine. */
  forgetMachine(m: MachineId): Promise<void>;

  outbox(m: MachineId): Promise<readonly OutboxEntry[]>;
  /**
   * Allocates the next counter of the machine's generation (`g` where the machine is not stored) and stores the entry made
   * for it: another tab may have changed the keys meanwhile.
   */
  enqueue(m: MachineId, g: number, make: (ctr: number, g: number) => OutboxEntry): Promise<OutboxEntry>;
  /** Changes one entry; null removes it. Answers what is stored afterwards. */
  changeEntry(key: EntryKey, change: (entry: OutboxEntry) => OutboxEntry | null): Promise<OutboxEntry | null>;
  /** The first of `count` counters that nobody else will get, and their generation (as in `enqueue`). */
  reserveCounters(m: MachineId, g: number, count: number): Promise<{ readonly g: number; readonly first: number }>;
  /** Changes keys and outbox together; nothing when `change` answers null or the machine is gone. The row afterwards. */
  changeKeys(m: MachineId, change: (held: HeldKeys) => KeyChange | null): Promise<MachineRow | null>;

  documents(m: MachineId): Promise<readonly DocRow[]>;
  /** Keeps those with a higher rev than is stored, and raises the machine's cursor to at least `cursor`. */
  saveDocuments(m: MachineId, rows: readonly DocRow[], cursor: number): Promise<void>;
  docCursor(m: MachineId): Promise<number>;

  log(m: MachineId, s: SessionId): Promise<LogRow | null>;
  /** Stores records and, in the same transaction, what `merge` makes of the stored log row. */
  saveRecords(
    m: MachineId,
    s: SessionId,
    records: readonly RecordRow[],
    merge: (stored: LogRow | null) => LogRow,
  ): Promise<LogRow>;
  /** Records from..to inclusive, in order, as far as they are there. */
  records(m: MachineId, s: SessionId, from: number, to: number): Promise<readonly RecordRow[]>;
  /** Drops the records of the sessions used longest ago until about `keepBytes` remain. */
  evictRecords(keepBytes: number): Promise<void>;

  pairing(): Promise<PairingRow | null>;
  /** Reads, changes, writes the one pairing under way; null = none. Answers what is stored afterwards. */
  changePairing(change: (row: PairingRow | null) => PairingRow | null): Promise<PairingRow | null>;
}

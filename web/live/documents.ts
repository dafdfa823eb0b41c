// Documents of one machine: verified, opened, kept by rev. The newest of each name is what screens show.
import {
  AppError,
  decodePlain,
  docIdOf,
  docPlain,
  headDoc,
  HEAD_DOC,
  isAppError,
  MACHINE_DOCS,
  MACHINE_SESSION,
  openFrame,
  parseShape,
  trustDoc,
  TRUST_DOC_PREFIX,
  verifyFrame,
  type DocId,
  type Frame,
  type HeadDoc,
  type MachineDocName,
  type MachineId,
  type SessionId,
  type TrustDoc,
  type z,
} from "../../schema/index.ts";
import type { MachineKeys } from "./keyring.ts";
import type { DocRow, LiveStore } from "./live-store.ts";

type MachineDocs = { readonly [N in MachineDocName]?: z.infer<(typeof MACHINE_DOCS)[N]> };

/** What a batch of DOC frames did. */
export interface DocsTaken {
  readonly rows: readonly DocRow[];
  /** Highest rev of a frame that proved to be the relay's. */
  readonly cursor: number;
  readonly unknownEpoch: boolean;
  /** Frames that proved nothing. */
  readonly dropped: number;
}

/** `load` first; `receive` shows, `save` makes durable. */
export class Documents {
  readonly #machine: MachineId;
  readonly #store: LiveStore;
  readonly #rows = new Map<string, DocRow>();
  readonly #heads = new Map<SessionId, HeadDoc>();
  #named: MachineDocs = {};
  readonly #trust = new Map<string, TrustDoc>();
  #cursor = 0;
  /** Shown and not stored yet: a save that failed is made up for by the next. */
  readonly #unsaved = new Map<string, DocRow>();
  /** Revs of documents under an epoch that is not in the keyring: the cursor stays below them, so that they come again. */
  readonly #unread = new Map<string, number>();

  constructor(machine: MachineId, store: LiveStore) {
    this.#machine = machine;
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const row of await this.#store.documents(this.#machine)) this.#keep(row);
    this.#cursor = Math.max(this.#cursor, await this.#store.docCursor(this.#machine));
  }

  get heads(): ReadonlyMap<SessionId, HeadDoc> {
    return this.#heads;
  }

  get named(): MachineDocs {
    return this.#named;
  }

  get trust(): ReadonlyMap<string, TrustDoc> {
    return this.#trust;
  }

  /** Highest rev stored: where to go on. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Newest rev held of one document; 0 when there is none. */
  revOf(session: SessionId, doc: DocId): number {
    return this.#rows.get(`${session}/${doc}`)?.rev ?? 0;
  }

  /** Takes what is proven and newer; the caller saves it. */
  async receive(frames: readonly Frame<"DOC">[], keys: MachineKeys): Promise<DocsTaken> {
    const read = await Promise.all(frames.map((frame) => readDocument(frame, this.#machine, keys)));
    const rows: DocRow[] = [];
    let [cursor, unknownEpoch] = [0, false];
    for (const [index, result] of read.entries()) {
      if (result === "epoch") {
        unknownEpoch = true;
        this.#cannotRead(frames[index]);
      }
      if (result === null || result === "epoch") continue;
      cursor = Math.max(cursor, result.rev);
      const key = `${result.session}/${result.doc}`;
      if ((this.#unread.get(key) ?? Infinity) <= result.rev) this.#unread.delete(key);
      if (result.rev <= this.revOf(result.session, result.doc)) continue;
      this.#keep(result);
      this.#unsaved.set(key, result);
      rows.push(result);
    }
    const dropped = read.filter((result) => result === null).length;
    return {
      rows,
      cursor: Math.min(cursor, ...[...this.#unread.values()].map((rev) => rev - 1)),
      unknownEpoch,
      dropped,
    };
  }

  #cannotRead(frame: Frame<"DOC"> | undefined): void {
    if (frame === undefined) return;
    const { session, doc, rev } = frame.header;
    const key = `${session}/${doc}`;
    this.#unread.set(key, Math.max(rev, this.#unread.get(key) ?? 0));
  }

  async save({ cursor }: Pick<DocsTaken, "cursor">): Promise<void> {
    const rows = [...this.#unsaved];
    if (cursor <= this.#cursor && rows.length === 0) return;
    const kept = rows.map(([, row]) => row);
    await this.#store.saveDocuments(this.#machine, kept, cursor);
    for (const [key, row] of rows) if (this.#unsaved.get(key) === row) this.#unsaved.delete(key);
    this.#cursor = Math.max(this.#cursor, cursor);
  }

  #keep(row: DocRow): void {
    this.#rows.set(`${row.session}/${row.doc}`, row);
    if (row.session !== MACHINE_SESSION) {
      if (row.name !== HEAD_DOC) return;
      const head = row.value === null ? null : valueOf(row.value, headDoc);
      if (head === null) this.#heads.delete(row.session);
      else this.#heads.set(row.session, head);
    } else if (row.name.startsWith(TRUST_DOC_PREFIX)) {
      const root = row.name.slice(TRUST_DOC_PREFIX.length);
      const trust = row.value === null ? null : valueOf(row.value, trustDoc);
      if (trust === null) this.#trust.delete(root);
      else this.#trust.set(root, trust);
    } else if (isMachineDoc(row.name)) {
      this.#named = { ...this.#named, [row.name]: valueOf(row.value, MACHINE_DOCS[row.name]) ?? undefined };
    }
  }
}

function isMachineDoc(name: string): name is MachineDocName {
  return Object.hasOwn(MACHINE_DOCS, name);
}

/** The value, or null when this version cannot read it: a screen then shows what it shows without the document. */
function valueOf<T extends z.ZodMiniType>(value: unknown, shape: T): z.infer<T> | null {
  try {
    return parseShape(value, shape);
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}

async function readDocument(
  frame: Frame<"DOC">,
  machine: MachineId,
  keys: MachineKeys,
): Promise<DocRow | "epoch" | null> {
  const { m, session, doc, epoch, rev } = frame.header;
  if (m !== machine || !(await verifyFrame(frame, keys.ri))) return null;
  const key = keys.content(epoch, session);
  if (key === null) return "epoch";
  const bytes = await openFrame(frame, await key);
  if (bytes === null) return null;
  try {
    const { name, value } = decodePlain("DOC", bytes, docPlain);
    if ((await docIdOf(name)) !== doc) throw new AppError("E_SCHEMA", { reason: "another document's name" });
    return { m, session, doc, rev, name, value: value ?? null };
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}

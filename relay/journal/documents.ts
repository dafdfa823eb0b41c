// How things are: the newest revision of every document, sealed and committed before anybody hears of it.
import {
  AppError,
  DOC_BYTES,
  docIdOf,
  encodePlain,
  sealFrame,
  type DocId,
  type MachineId,
  type OpaqueKey,
  type SessionId,
} from "../../schema/index.ts";
import type { Bytes } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { failpoint } from "../failpoint.ts";
import type { Epochs } from "../trust/ports.ts";
import type { Database } from "./database.ts";
import {
  documentJson,
  documentsSince,
  newestDocuments,
  replaceDocument,
  storedDocuments,
  type NewDocument,
  type StoredDocument,
} from "./document-table.ts";
import { nextRev } from "./meta.ts";
import type { DocumentStore } from "./ports.ts";

/** Documents sealed in one commit when all are published again. */
const REPUBLISH_TOGETHER = 256;

/** What the store works with. */
export interface DocumentParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly identity: { readonly machine: MachineId; readonly ri: OpaqueKey };
  readonly epochs: Epochs;
}

/** A value on its way; a newer put of the same document takes its place and settles its callers too. */
interface Pending {
  readonly session: SessionId;
  readonly name: string;
  json: string;
  readonly settle: { resolve(): void; reject(reason: Error): void }[];
}

/** Documents on SQLite. Only the newest value of a document that changes faster than the disk is ever sealed. */
export class Documents implements DocumentStore {
  readonly #parts: DocumentParts;
  readonly #listeners = new Set<() => void>();
  readonly #ids = new Map<string, Promise<DocId>>();
  #pending = new Map<string, Pending>();
  /** Being committed now: what a new value is compared with before the database. */
  #committing = new Map<string, Pending>();
  #isPumping = false;
  #newestRev: number;

  constructor(parts: DocumentParts) {
    this.#parts = parts;
    this.#newestRev = newestDocuments(parts.db, 1)[0]?.[2] ?? 0;
  }

  /** E_SIZE when name and value exceed DOC_BYTES: the caller shrinks what it says. */
  put(session: SessionId, name: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value) ?? "null";
    if (plaintextOf(name, json).length > DOC_BYTES) {
      return Promise.reject(new AppError("E_SIZE", { reason: `document ${name} is larger than ${DOC_BYTES} bytes` }));
    }
    const key = `${session}/${name}`;
    const waiting = this.#pending.get(key);
    if (waiting === undefined && this.#isSame(key, session, name, json)) return this.#settled(key);
    return new Promise((resolve, reject) => {
      const pending = waiting ?? { session, name, json, settle: [] };
      pending.json = json;
      pending.settle.push({ resolve, reject });
      this.#pending.set(key, pending);
      if (!this.#isPumping) void this.#run();
    });
  }

  /**
   * Seals every document anew, under the epoch in force and with revs above `above`: others may hold newer ones that this
   * store has lost. Resolves once all are committed.
   */
  async republish(above: number): Promise<void> {
    this.#newestRev = Math.max(this.#newestRev, above);
    const all = storedDocuments(this.#parts.db);
    for (let at = 0; at < all.length; at += REPUBLISH_TOGETHER) {
      const page = all.slice(at, at + REPUBLISH_TOGETHER);
      await Promise.all(page.map((document) => this.#again(document)));
    }
  }

  /** The newest value, which may be on its way already. */
  #again({ session, name }: StoredDocument): Promise<void> {
    const key = `${session}/${name}`;
    const json = this.#committing.get(key)?.json ?? documentJson(this.#parts.db, session, name) ?? "null";
    return new Promise((resolve, reject) => {
      const pending = this.#pending.get(key) ?? { session, name, json, settle: [] };
      pending.settle.push({ resolve, reject });
      this.#pending.set(key, pending);
      if (!this.#isPumping) void this.#run();
    });
  }

  get(session: SessionId, name: string): unknown {
    const json = documentJson(this.#parts.db, session, name);
    const value: unknown = json === null ? null : JSON.parse(json);
    return value;
  }

  since(rev: number, limit: number): readonly { readonly rev: number; readonly frame: Bytes }[] {
    return documentsSince(this.#parts.db, rev, limit);
  }

  newest(limit: number): readonly (readonly [SessionId, DocId, number])[] {
    return newestDocuments(this.#parts.db, limit);
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #isSame(key: string, session: SessionId, name: string, json: string): boolean {
    const newest = this.#committing.get(key)?.json ?? documentJson(this.#parts.db, session, name) ?? "null";
    return newest === json;
  }

  /** Equal to what is being committed is as good as committed when that is. */
  #settled(key: string): Promise<void> {
    const committing = this.#committing.get(key);
    if (committing === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => committing.settle.push({ resolve, reject }));
  }

  async #run(): Promise<void> {
    this.#isPumping = true;
    await Promise.resolve();
    while (this.#pending.size > 0) {
      this.#committing = this.#pending;
      this.#pending = new Map();
      const batch = [...this.#committing.values()];
      const failed = await this.#commit(batch).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error : new Error("commit failed", { cause: error })),
      );
      this.#committing = new Map();
      for (const caller of batch.flatMap(({ settle }) => settle)) {
        if (failed === null) caller.resolve();
        else caller.reject(failed);
      }
      if (failed === null) for (const listener of this.#listeners) listener();
    }
    // In the same turn as the last look: a value that comes now starts a pump of its own.
    this.#isPumping = false;
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const { db, clock, epochs } = this.#parts;
    // Revs are given here, to one batch at a time, so that no lower rev is ever committed after a higher one was sent.
    const firstRev = nextRev(this.#newestRev, clock.now());
    let sealed: NewDocument[];
    let epoch: number;
    do {
      epoch = epochs.current();
      sealed = await Promise.all(batch.map((pending, index) => this.#seal(pending, epoch, firstRev + index)));
    } while (epochs.current() !== epoch);
    failpoint("docs.commit.before");
    db.transaction(() => {
      for (const document of sealed) replaceDocument(db, document);
    });
    failpoint("docs.commit.after");
    this.#newestRev = firstRev + batch.length - 1;
  }

  async #seal({ session, name, json }: Pending, epoch: number, rev: number): Promise<NewDocument> {
    const { clock, identity, epochs } = this.#parts;
    const doc = await this.#idOf(name);
    const header = { m: identity.machine, session, doc, epoch, rev, time: clock.now() };
    const key = await epochs.key(epoch, session);
    const frame = await sealFrame("DOC", header, key, plaintextOf(name, json), identity.ri);
    return { session, name, doc, rev, epoch, json, frame };
  }

  #idOf(name: string): Promise<DocId> {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = docIdOf(name);
    this.#ids.set(name, id);
    return id;
  }
}

function plaintextOf(name: string, json: string): Bytes {
  const value: unknown = JSON.parse(json);
  return encodePlain("DOC", { name, value });
}

// One session's conversation as a screen shows it: the loaded part of its newest run, folded, with queued prompts and
// this device's own unsent ones below.
import type { MachineId, SessionId } from "../../schema/index.ts";
import type { RecordRow } from "./live-store.ts";
import type { TimelineEntry, TimelineView } from "./model.ts";
import type { FoldContext } from "./timeline/context.ts";
import { namedIn, TimelineFold, type NamedPrompt } from "./timeline/fold.ts";
import { spliceBetween, type Splice } from "./timeline/splices.ts";

/** Records must come in order; what changed is told as splices. */
export class Conversation {
  readonly machine: MachineId;
  readonly session: SessionId;
  isLoadingOlder = false;
  status: TimelineView["status"] = "loading";
  readonly #context: FoldContext;
  #fold: TimelineFold;
  #rows: RecordRow[] = [];
  /** Entries as last told, without the tail. */
  #told: readonly TimelineEntry[] = [];
  #tail: readonly TimelineEntry[] = [];
  readonly #named: NamedPrompt[] = [];
  /** Kept apart: to look through all records for each batch would cost more with every one. */
  readonly #blobs = new Map<number, RecordRow>();
  #isRefolded = false;
  /** Nothing was told since the reader opened it. */
  #isFresh = true;

  constructor(machine: MachineId, session: SessionId, context: FoldContext) {
    this.machine = machine;
    this.session = session;
    this.#context = context;
    this.#fold = new TimelineFold(context);
  }

  get fold(): TimelineFold {
    return this.#fold;
  }

  /** First and last seq that are folded; null when nothing is. */
  get range(): { readonly from: number; readonly to: number } | null {
    const [first] = this.#rows;
    const last = this.#rows.at(-1);
    return first === undefined || last === undefined ? null : { from: first.seq, to: last.seq };
  }

  /** Adds records that follow what is folded, and leaves out the others. Answers how many it took. */
  append(rows: readonly RecordRow[]): number {
    let taken = 0;
    for (const row of rows) {
      const last = this.#rows.at(-1);
      if (last !== undefined && row.seq !== last.seq + 1) continue;
      this.#rows.push(row);
      this.#add(row);
      taken += 1;
    }
    return taken;
  }

  /** Puts older records above, as far as they end right before what is folded. */
  prepend(rows: readonly RecordRow[]): void {
    const last = rows.at(-1);
    if (last === undefined || last.seq + 1 !== this.range?.from) return;
    this.refold([...rows, ...this.#rows]);
  }

  /** Starts over from these records, which must be without a hole: older ones came, or a newer part stands apart. */
  refold(rows: readonly RecordRow[]): void {
    this.#rows = [...rows];
    this.#fold = new TimelineFold(this.#context);
    this.#blobs.clear();
    for (const row of rows) this.#add(row);
    this.#isRefolded = true;
  }

  /** Records that hold an item too large for them, in order. */
  withBlobs(): readonly RecordRow[] {
    return [...this.#blobs.values()];
  }

  #add(row: RecordRow): void {
    if (row.items.some(({ k }) => k === "blob")) this.#blobs.set(row.seq, row);
    this.#fold.apply(row);
  }

  /** Puts a record in the place of the one with its seq: its large items came. */
  replace(row: RecordRow): void {
    this.refold(this.#rows.map((held) => (held.seq === row.seq ? row : held)));
  }

  /** Prompts in records that are held and not shown: what the log names is settled, wherever it stands. */
  noteNamed(rows: readonly RecordRow[]): void {
    const { from, to } = this.range ?? { from: 0, to: 0 };
    for (const { seq, items } of rows) if (seq < from || seq > to) this.#named.push(...namedIn(items));
  }

  takeNamed(): NamedPrompt[] {
    return [...this.#fold.takeNamed(), ...this.#named.splice(0)];
  }

  /** All entries with this tail, as told to a screen that sees it for the first time. */
  whole(tail: readonly TimelineEntry[]): readonly TimelineEntry[] {
    return [...this.#fold.entries, ...tail];
  }

  /** The splices from what was told to what is now, with this tail below. */
  takeSplices(tail: readonly TimelineEntry[]): Splice[] {
    const changes = this.#takeFolded();
    const isTailSame = changes.length === 0 && sameEntries(this.#tail, tail);
    if (isTailSame) return [];
    const splices: Splice[] = [];
    if (this.#tail.length > 0) splices.push({ from: this.#told.length, remove: this.#tail.length, entries: [] });
    splices.push(...changes);
    if (changes.length > 0) this.#told = this.#fold.entries.slice();
    if (tail.length > 0) splices.push({ from: this.#told.length, remove: 0, entries: tail });
    this.#tail = tail;
    return splices;
  }

  #takeFolded(): Splice[] {
    if (!this.#isRefolded) return this.#fold.takeSplices();
    this.#isRefolded = false;
    this.#fold.takeSplices();
    const splice = spliceBetween(this.#told, this.#fold.entries);
    return splice === null ? [] : [splice];
  }

  /** True once for the first splices after it was opened. */
  takeFresh(): boolean {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    return isFresh;
  }

  /** Forget what was told: the next splices start from an empty list. */
  untell(): void {
    this.#told = [];
    this.#tail = [];
    this.#isRefolded = true;
    this.#isFresh = true;
  }
}

function sameEntries(a: readonly TimelineEntry[], b: readonly TimelineEntry[]): boolean {
  return a.length === b.length && a.every((entry, index) => JSON.stringify(entry) === JSON.stringify(b[index]));
}

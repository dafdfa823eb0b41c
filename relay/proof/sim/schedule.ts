// Virtual time and its one queue of events. Whoever steps it decides that time passes; nothing else does.

interface Event {
  readonly at: number;
  readonly order: number;
  readonly label: string;
  readonly run: () => void;
  isCancelled: boolean;
}

/** A shortest timer, as platforms have it: nothing runs in the same moment that asked for it. */
const SHORTEST_MS = 1;

function isBefore(one: Event, other: Event): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

/** Events in order of time, equal times in order of asking. */
export class Schedule {
  /** Virtual ms since the beginning. */
  now = 0;
  readonly #heap: Event[] = [];
  #order = 0;

  /** Runs once after `delayMs`; answers the canceller (idempotent). */
  after(delayMs: number, label: string, run: () => void): () => void {
    return this.at(this.now + Math.max(SHORTEST_MS, Math.ceil(delayMs)), label, run);
  }

  /** As `after`, at a time; one that is past runs next. */
  at(at: number, label: string, run: () => void): () => void {
    const event: Event = { at: Math.max(at, this.now), order: this.#order++, label, run, isCancelled: false };
    this.#push(event);
    return () => (event.isCancelled = true);
  }

  /** When the next event is due; null when there is none. */
  nextAt(): number | null {
    while (this.#heap[0]?.isCancelled === true) this.#pop();
    return this.#heap[0]?.at ?? null;
  }

  /** Takes the next event out and moves time to it; null when there is none. */
  take(): { readonly label: string; readonly run: () => void } | null {
    if (this.nextAt() === null) return null;
    const event = this.#pop();
    if (event === undefined) return null;
    this.now = event.at;
    return event;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child++;
      const lower = heap[child];
      if (lower === undefined || isBefore(last, lower)) break;
      heap[at] = lower;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

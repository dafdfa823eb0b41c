// The journal's database under a process that dies at a chosen point: before or after any commit, with everything committed
// kept (synchronous = FULL) and everything else gone.
import type { Database } from "../../journal/database.ts";
import { Died, type Life } from "./host.ts";

/** Counts down over commits and sends; the process dies when it burns out. */
export class Fuse {
  readonly #life: Life;
  #left = Number.POSITIVE_INFINITY;

  constructor(life: Life) {
    this.#life = life;
  }

  /** Dies at the nth point from now. */
  light(points: number): void {
    this.#left = points;
  }

  /** One point of no return: throws Died when the process ends here, or has ended before. */
  burn(): void {
    if (!this.#life.isOver && --this.#left <= 0) this.#life.end();
    if (this.#life.isOver) throw new Died();
  }
}

export class FusedDatabase implements Database {
  readonly path: string;
  readonly #db: Database;
  readonly #fuse: Fuse;
  readonly #life: Life;
  readonly #writes: (sql: string, parameters: readonly unknown[]) => void;
  #depth = 0;

  constructor(db: Database, life: Life, fuse: Fuse, writes: (sql: string, parameters: readonly unknown[]) => void) {
    this.path = db.path;
    this.#db = db;
    this.#life = life;
    this.#fuse = fuse;
    this.#writes = writes;
  }

  get: Database["get"] = (sql, ...parameters) => this.#point(isWrite(sql), () => this.#db.get(sql, ...parameters));
  all: Database["all"] = (sql, ...parameters) => this.#point(false, () => this.#db.all(sql, ...parameters));
  run: Database["run"] = (sql, ...parameters) =>
    this.#point(true, () => {
      this.#writes(sql, parameters);
      return this.#db.run(sql, ...parameters);
    });

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#requireAlive();
    this.#depth++;
    try {
      const result = this.#db.transaction(() => {
        const made = work();
        // Before the commit: all of it is rolled back.
        this.#fuse.burn();
        return made;
      });
      this.#fuse.burn();
      return result;
    } finally {
      this.#depth--;
    }
  }

  checkpoint(): void {
    this.#db.checkpoint();
  }

  /** The connection is the computer's: the next process opens the same database. */
  close(): void {
    this.#requireAlive();
  }

  #point<T>(isCommit: boolean, work: () => T): T {
    this.#requireAlive();
    const isAlone = isCommit && this.#depth === 0;
    if (isAlone) this.#fuse.burn();
    const result = work();
    if (isAlone) this.#fuse.burn();
    return result;
  }

  #requireAlive(): void {
    if (this.#life.isOver) throw new Died();
  }
}

function isWrite(sql: string): boolean {
  return /^\s*(?:INSERT|UPDATE|DELETE)/i.test(sql);
}

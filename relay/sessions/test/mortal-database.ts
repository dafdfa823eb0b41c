// A database that is lost right after a commit that the test chooses: a kill -9 at exactly that moment.
import type { Database } from "../../journal/database.ts";

/** Passes everything on to a real database until its time has come; from then on everything throws. */
export class MortalDatabase implements Database {
  readonly path: string;
  readonly #db: Database;
  #depth = 0;
  #commitsLeft = Number.POSITIVE_INFINITY;

  constructor(db: Database) {
    this.#db = db;
    this.path = db.path;
  }

  /** It is lost after this many further commits. */
  dieAfter(commits: number): void {
    this.#commitsLeft = commits;
  }

  /** It is lost now, between two commits. */
  dieNow(): void {
    this.#commitsLeft = 0;
    this.#db.close();
  }

  get isDead(): boolean {
    return this.#commitsLeft === 0;
  }

  get: Database["get"] = (sql, ...parameters) =>
    this.#writing(sql.startsWith("INSERT"), () => this.#db.get(sql, ...parameters));
  all: Database["all"] = (sql, ...parameters) => this.#db.all(sql, ...parameters);
  run: Database["run"] = (sql, ...parameters) => this.#writing(true, () => this.#db.run(sql, ...parameters));

  transaction<T>(work: () => T): T {
    return this.#writing(true, () => {
      this.#depth++;
      try {
        return this.#db.transaction(work);
      } finally {
        this.#depth--;
      }
    });
  }

  checkpoint(): void {
    this.#db.checkpoint();
  }

  isOpen = true;

  close(): void {
    this.isOpen = false;
    this.#db.close();
  }

  #writing<T>(isWrite: boolean, work: () => T): T {
    const result = work();
    if (!isWrite || this.#depth > 0) return result;
    this.#commitsLeft--;
    if (this.#commitsLeft > 0) return result;
    this.#db.close();
    throw new Error("killed");
  }
}

// A commit that must come about, however long the disk refuses it.
import { AppError } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../journal/database.ts";

/** Milliseconds until what the disk refused is tried again. */
const AGAIN_MS = 1000;

interface PersistentParts {
  readonly db: Pick<Database, "transaction">;
  readonly clock: Pick<Clock, "setTimer">;
  readonly report: (error: unknown) => void;
}

/** Commits what `write` does, then calls what it answered with. Rejects with a defect only. */
export async function persistently({ db, clock, report }: PersistentParts, write: () => () => void): Promise<void> {
  for (;;) {
    try {
      return db.transaction(write)();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      report(error);
      await new Promise<void>((resolve) => clock.setTimer(resolve, AGAIN_MS));
    }
  }
}

// Whether this state is an older copy, as the database remembers it: marked when it is met, cleared in the very commit that
// takes every device's counters out of force, so that a crash in between forgets nothing.
import { keysDoc, parseJson, RESTORE_CAUSES, sessionId, z, type KeysDoc, type SessionId } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { metaGet, metaSet } from "../journal/meta.ts";
import { isSamePlace, type Place } from "../state/place.ts";
import type { RestoreCause } from "./change.ts";

const PLACE = "place";
const MARK = "restore-due";
const LAST = "restored";
const NONE = "";
/** Of the newest grants, in table `meta`. */
export const GRANTS_REV = "grants-rev";

const placeShape = z.object({ device: z.string(), inode: z.string(), host: z.string() });
const markShape = z.object({
  why: z.enum(RESTORE_CAUSES),
  /** Rev of the grants as they were then: a Worker with a newer one knows of a change of trust that was lost here. */
  grants: z.int(),
  /** First record taken back, per session. */
  adopted: z.array(z.tuple([sessionId, z.int()])),
});

/** Why this state counts as an older copy, and what was taken back so far. */
export type RestoreMark = z.infer<typeof markShape>;

/** Compares where the database was used before with where it is now; a first use only remembers it. */
export function markPlace(db: Database, now: Place): void {
  const text = metaGet(db, PLACE);
  const isMoved = text !== null && !isSamePlace(parseJson(text, placeShape), now);
  db.transaction(() => {
    metaSet(db, PLACE, JSON.stringify(now));
    if (isMoved) markRestore(db, "moved");
  });
}

/** From here on this state counts as an older copy; inside the transaction that learned it. The first cause stays. */
export function markRestore(db: Database, why: RestoreCause, adopted?: readonly [SessionId, number]): void {
  const mark = restoreMark(db) ?? { why, grants: Number(metaGet(db, GRANTS_REV) ?? 0), adopted: [] };
  const isNew = adopted !== undefined && mark.adopted.every(([session]) => session !== adopted[0]);
  metaSet(db, MARK, JSON.stringify(isNew ? { ...mark, adopted: [...mark.adopted, adopted] } : mark));
}

/** Null when this state counts. */
export function restoreMark(db: Database): RestoreMark | null {
  const text = metaGet(db, MARK) ?? NONE;
  return text === NONE ? null : parseJson(text, markShape);
}

/** It was dealt with; inside the transaction that did. */
export function clearMark(db: Database, done: NonNullable<KeysDoc["restored"]>): void {
  metaSet(db, MARK, NONE);
  metaSet(db, LAST, JSON.stringify(done));
}

/** The last time that happened. */
export function lastRestore(db: Database): KeysDoc["restored"] {
  const text = metaGet(db, LAST);
  return text === null ? undefined : parseJson(text, keysDoc.shape.restored);
}

// What home lists, from the view of the app and what the person filters by. Pure.
import type { AppView, SessionRow, WaitView } from "../../live/model.ts";

/** What a person looks for. */
export interface HomeFilter {
  /** Only this machine's. */
  readonly machine: string | null;
  /** Words that must all be met; null while nobody searches. */
  readonly words: string | null;
  /** The archived ones instead of the others. */
  readonly archived: boolean;
}

interface HomeList {
  readonly rows: readonly SessionRow[];
  /** Open waits of these rows, newest first. */
  readonly waits: readonly WaitView[];
  /** How many the link to the archive names. */
  readonly archived: number;
  /** Epoch ms of the newest proof when no listed machine is proven; null while one is. */
  readonly confirmedAt: number | null;
}

/** The rows and waits that pass the filter. */
export function homeList(view: AppView, filter: HomeFilter): HomeList {
  const ofMachine = view.sessions.filter((row) => filter.machine === null || row.machine === filter.machine);
  const rows = ofMachine.filter((row) => row.archived === filter.archived && matches(row, filter.words ?? ""));
  const listed = new Set(rows.map((row) => row.session));
  return {
    rows,
    waits: view.waits.filter((wait) => listed.has(wait.session)),
    archived: ofMachine.filter((row) => row.archived).length,
    confirmedAt: confirmedAt(view, filter.machine),
  };
}

function matches(row: SessionRow, words: string): boolean {
  const text = [row.title, row.project, row.branch, row.agent, row.machineName].join("\n").toLocaleLowerCase();
  return words
    .toLocaleLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word));
}

function confirmedAt(view: AppView, chosen: string | null): number | null {
  const machines = view.machines.filter((each) => chosen === null || each.machine === chosen);
  const times = machines.map(({ liveness }) => {
    // A moment of confirming after opening is not doubt yet.
    if (liveness.status === "live" || liveness.status === "confirming") return Number.POSITIVE_INFINITY;
    return liveness.confirmedAt ?? 0;
  });
  const newest = Math.max(0, ...times);
  return newest === Number.POSITIVE_INFINITY || newest === 0 ? null : newest;
}

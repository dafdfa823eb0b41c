// The head document of a session, put together from what is true of it. Pure.
import { type HeadDoc, type ItemUsage, type SessionStatus } from "../../schema/index.ts";
import type { SessionParts } from "./session-parts.ts";
import type { SessionRow } from "./session-rows.ts";

export interface HeadSources {
  readonly parts: Pick<SessionParts, "log" | "prompts" | "modesOf" | "home">;
  readonly status: SessionStatus;
  readonly branch: string | undefined;
  readonly waits: HeadDoc["waits"];
}

/** How the session stands. */
export function headOf(row: SessionRow, { parts, status, branch, waits }: HeadSources): HeadDoc {
  return {
    title: row.title,
    project: row.project,
    root: row.root,
    cwd: abbreviateHome(row.cwd, parts.home),
    branch,
    agent: row.agent,
    model: row.model,
    mode: row.mode,
    modes: parts.modesOf(row.agent),
    state: status,
    since: row.since,
    created: row.created,
    waits,
    last: row.last,
    error: row.error,
    queued: parts.prompts.count(row.s),
    usage: row.usage,
    ...(row.isArchived ? { archived: true } : {}),
    seq: parts.log.head(row.s)?.seq ?? 0,
  };
}

/** A path as people write it: their home folder is "~". */
export function abbreviateHome(path: string, home: string): string {
  if (path === home) return "~";
  return home !== "" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** Sums of a session over its turns; a figure nobody ever told stays absent. */
export function addUsage(sum: ItemUsage | undefined, turn: ItemUsage | undefined): ItemUsage | undefined {
  if (sum === undefined || turn === undefined) return sum ?? turn;
  const add = (key: keyof ItemUsage): ItemUsage => {
    const [before, more] = [sum[key], turn[key]];
    return before === undefined && more === undefined ? {} : { [key]: (before ?? 0) + (more ?? 0) };
  };
  return { ...add("inputTokens"), ...add("outputTokens"), ...add("cachedTokens"), ...add("costUsd") };
}

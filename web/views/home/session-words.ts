// What a session's row says, from its state and from whether that state is still proven.
import type { SessionRow } from "../../live/model.ts";
import type { GlyphState } from "../../ui/state-glyph.tsx";

/** The section a row stands in. */
export type SessionSection = "Needs you" | "Interrupted" | "Running" | "Idle" | "Done";

/**
 * Where a session is listed. A failed one is done until somebody goes on with it; an interrupted one is not: it stopped in
 * the middle and only a person resumes it.
 */
export function sectionOf(row: SessionRow): SessionSection {
  if (row.waits > 0 || row.state === "waiting") return "Needs you";
  if (row.state === "interrupted") return "Interrupted";
  if (row.state === "running" || row.state === "starting") return "Running";
  if (row.state === "idle" && row.error === undefined) return "Idle";
  return "Done";
}

/** The shape before the title; a state that is not proven is drawn as being confirmed. */
export function glyphOf(row: SessionRow, isProven: boolean): GlyphState {
  switch (row.state) {
    case "waiting":
      return "waiting";
    case "running":
    case "starting":
      return isProven ? "running" : "confirming";
    case "interrupted":
      return "interrupted";
    case "ended":
      return row.error === undefined ? "done" : "failed";
    case "idle":
      return row.error === undefined ? "idle" : "failed";
  }
}

/** "Was running" instead of "Running" once it is not proven any more. */
export function sectionName(section: SessionSection, isProven: boolean): string {
  if (isProven) return section;
  if (section === "Needs you") return "Needed you";
  return section === "Running" ? "Was running" : section;
}

/** Agent, project, branch, machine; the newest facts first, nothing twice. */
export function placeOf(row: SessionRow): string {
  return [row.agent, row.project, row.branch, row.machineName]
    .filter((word) => word !== undefined && word !== "")
    .join(" · ");
}

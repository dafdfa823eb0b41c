import type { Picks } from "./start-choice.ts";

const NAMES = ["machine", "project", "agent", "model", "mode"] as const;

/** The picks of the last session, as kept in this browser. Anything that is no such text is no pick. */
export function parsePicks(text: string): Picks {
  if (text === "") return {};
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch (error) {
    // Somebody else's text under our name: the form simply starts empty.
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
  if (typeof kept !== "object" || kept === null) return {};
  const entries: readonly (readonly [string, unknown])[] = Object.entries(kept);
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = entries.find(([key]) => key === name)?.[1];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** What is worth keeping: where and who, not the branch and not the words. */
export function picksText(picks: Picks): string {
  return JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, picks[name]])));
}

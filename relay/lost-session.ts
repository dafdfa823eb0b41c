// A session whose records came back from the Worker, while what else this machine knew of it is lost: its history can be
// read, and it does not look as if it still ran.
import { MACHINE_SESSION, rootId, TITLE_CHARS, type HeadDoc, type PromptBlock } from "../schema/index.ts";

const WORDS = "This machine lost what it knew of this session; its history is what is left. Start a new one to go on.";

/** What is known: where its log ends, and what was asked first. */
export interface LostSession {
  readonly seq: number;
  readonly now: number;
  readonly asked: readonly PromptBlock[];
}

/** The head document that says so. No root: nothing can be started from it. */
export function lostHead({ seq, now, asked }: LostSession): HeadDoc {
  const [line = ""] = (asked.find(({ text }) => text !== undefined)?.text ?? "").split("\n");
  return {
    title: line.slice(0, TITLE_CHARS) || "A session from before",
    ...{ project: "", root: rootId.parse(MACHINE_SESSION), cwd: "", agent: "" },
    ...{ state: "interrupted", since: now, created: now, waits: [], last: "", error: WORDS, queued: 0, seq },
  };
}

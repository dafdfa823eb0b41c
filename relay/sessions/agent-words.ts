// What a person reads about an agent that failed: the tool's own words where it said any.
import { isAppError } from "../../schema/index.ts";
import type { ExitReport } from "../agents/driver.ts";

/** Words of a refusal; a defect of ours says only that it is one. */
export function wordsOf(error: unknown): string {
  if (!isAppError(error)) return "Something failed inside Kelpie.";
  const said = error.data["text"] ?? error.data["reason"];
  return typeof said === "string" && said !== "" ? said : error.code;
}

/** What a session says when its agent starts without the conversation it was to continue. */
export function forgottenWords(agent: string): string {
  return `${agent} no longer has this conversation; it starts anew, knowing nothing of the above.`;
}

/** The last words of a process that ended by itself. */
export function exitWords({ code, signal, stderr }: Pick<ExitReport, "code" | "signal" | "stderr">): string {
  const how = signal === null ? `The agent ended with exit code ${code}.` : `The agent was ended by ${signal}.`;
  return stderr.trim() || how;
}

/** Why an agent was ended whose words nobody could keep. */
export const STORAGE_WORDS = "Nothing more can be stored on this machine.";

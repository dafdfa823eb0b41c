// What a scripted model does: answers as data, chosen by a tag in the prompt. For tests with real agent programs.

/** One piece of an answer. Text is streamed in pieces of `chunkChars`, `gapMs` apart. */
export type ScriptBlock =
  | { readonly text: string; readonly chunkChars?: number; readonly gapMs?: number }
  | { readonly thinking: string; readonly chunkChars?: number }
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> };

/** One request's answer. */
export type ScriptStep =
  | { readonly blocks: readonly ScriptBlock[] }
  /** An HTTP error, the first `times` requests for this step; then `then`. */
  | { readonly fail: ScriptError; readonly times: number; readonly then: readonly ScriptBlock[] }
  /** The connection is cut in the middle of `cut`, once; then `then`. */
  | { readonly cut: string; readonly then: readonly ScriptBlock[] };

export interface ScriptError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** For example x-should-retry; without it the client decides by itself. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Arguments of a tag: plain strings, such as a path in the test's folder. */
export type ScriptArgs = Readonly<Record<string, string>>;

const TAG = /\[script:([a-z0-9-]+)(?: (\{[^\]]*\}))?\]/g;
const BIG_CHARS = 2 * 1024 * 1024;
const LONG_RUN_PIECES = 2_000;

/** The last number of the script that counts: some seconds of talk, in which every word is another. */
export const COUNTED = 400;

/** "1, 2, 3 …": what is lost or twice shows. */
export function countTo(last: number): string {
  return Array.from({ length: last }, (_, index) => index + 1).join(", ");
}

const FINAL = { "x-should-retry": "false" };

const say = (text: string): ScriptStep => ({ blocks: [{ text, chunkChars: 8 }] });
const call = (tool: string, input: Readonly<Record<string, unknown>>): ScriptStep => ({ blocks: [{ tool, input }] });
const failing = (error: ScriptError, times: number): ScriptStep => ({
  fail: error,
  times,
  then: [{ text: "Back again.", chunkChars: 8 }],
});

const COLOUR = {
  question: "Which colour?",
  header: "Colour",
  multiSelect: false,
  options: [
    { label: "Red", description: "Warm" },
    { label: "Blue", description: "Cold" },
  ],
};
const SIZES = {
  question: "Which sizes?",
  header: "Sizes",
  multiSelect: true,
  options: [
    { label: "Small", description: "For few" },
    { label: "Large", description: "For many" },
  ],
};

/** A used-up allowance, as the vendor's headers tell it; `resetsAt` in epoch seconds. */
function limitError(resetsAt: string): ScriptError {
  const window = { status: "rejected", reset: resetsAt };
  const headers = {
    ...FINAL,
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
    "anthropic-ratelimit-unified-status": window.status,
    "anthropic-ratelimit-unified-reset": window.reset,
    "anthropic-ratelimit-unified-5h-status": window.status,
    "anthropic-ratelimit-unified-5h-reset": window.reset,
    "anthropic-ratelimit-unified-5h-utilization": "1.0",
  };
  return { status: 429, type: "rate_limit_error", message: "This request would exceed your rate limit.", headers };
}

/** Every script by name. Each entry is one request's answer, in order; the next step follows a tool's result. */
export const SCRIPTS: Readonly<Record<string, (args: ScriptArgs) => readonly ScriptStep[]>> = {
  text: () => [say("Grüße! A scripted answer: 日本語 🎉 — done.")],
  thinking: () => [{ blocks: [{ thinking: "First I think about it.", chunkChars: 6 }, { text: "Then I answer." }] }],
  bash: ({ command = "touch touched.txt" }) => [
    call("Bash", { command, description: "Run a command" }),
    say("The command is behind us."),
  ],
  "bash-twice": ({ command = "touch touched.txt" }) => [
    call("Bash", { command, description: "Run a command" }),
    call("Bash", { command, description: "Run it again" }),
    say("Both are behind us."),
  ],
  background: () => [
    call("Task", {
      description: "Look around",
      prompt: "Look around. [script:bash]",
      subagent_type: "general-purpose",
      run_in_background: true,
    }),
    say("It looks around."),
  ],
  write: ({ path = "new.txt", content = "first\nsecond\n" }) => [
    call("Write", { file_path: path, content }),
    say("The file is written."),
  ],
  edit: ({ path = "old.txt", from = "beta", to = "BETA" }) => [
    call("Read", { file_path: path }),
    call("Edit", { file_path: path, old_string: from, new_string: to }),
    say("The file is edited."),
  ],
  question: () => [call("AskUserQuestion", { questions: [COLOUR] }), say("Noted.")],
  questions: () => [call("AskUserQuestion", { questions: [COLOUR, SIZES] }), say("Noted.")],
  plan: () => [call("ExitPlanMode", { plan: "# Plan\n1. Write a file\n2. Done" }), say("Plan carried out.")],
  overloaded: () => [failing({ status: 529, type: "overloaded_error", message: "Overloaded" }, 2)],
  unauthorized: () => [
    failing(
      { status: 401, type: "authentication_error", message: "invalid x-api-key", headers: FINAL },
      Number.POSITIVE_INFINITY,
    ),
  ],
  "unauthorized-retried": () => [
    failing({ status: 401, type: "authentication_error", message: "invalid x-api-key" }, Number.POSITIVE_INFINITY),
  ],
  limit: ({ resetsAt = "0" }) => [failing(limitError(resetsAt), Number.POSITIVE_INFINITY)],
  "limit-once": ({ resetsAt = "0" }) => [failing(limitError(resetsAt), 1)],
  cut: () => [{ cut: "This sentence is never fin", then: [{ text: "A whole sentence.", chunkChars: 8 }] }],
  slow: () => [{ blocks: [{ text: "The quick brown fox. ".repeat(LONG_RUN_PIECES), chunkChars: 21, gapMs: 20 }] }],
  counting: () => [{ blocks: [{ text: countTo(COUNTED), chunkChars: 6, gapMs: 20 }] }],
  big: () => [{ blocks: [{ text: "0123456789abcdef".repeat(BIG_CHARS / 16), chunkChars: 400 }] }],
};

/** A prompt's tag, as `scriptTag` writes it: the last one counts. */
export function readTag(text: string): { readonly name: string; readonly args: ScriptArgs } | undefined {
  const [, name, json] = [...text.matchAll(TAG)].at(-1) ?? [];
  if (name === undefined || !Object.hasOwn(SCRIPTS, name)) return undefined;
  return { name, args: json === undefined ? {} : readArgs(json) };
}

/** The tag to put into a prompt. Arguments may not contain a closing bracket. */
export function scriptTag(name: string, args: ScriptArgs = {}): string {
  const json = Object.keys(args).length === 0 ? "" : ` ${JSON.stringify(args)}`;
  return `[script:${name}${json}]`;
}

function readArgs(json: string): ScriptArgs {
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, argument]) => [key, String(argument)]));
}

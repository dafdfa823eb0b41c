// What a permission asks, read from the tool call that asks it: exactly what would run or change, and everything else
// that was sent with it. Nothing is chosen by a tool's name or id.
import type { WaitRequest } from "../../live/model-schema.ts";
import { isSameFolder } from "../../ui/workspace-path.ts";

type PermissionRequest = Extract<WaitRequest, { kind: "permission" }>["req"];
/** One way to answer, by kind. */
export type PermissionOption = PermissionRequest["options"][number];

/** A file before and after; null before means it is new. */
export interface ProposedEdit {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

/** A permission as a card shows it. */
export interface PermissionShape {
  /** "Run", "Edit", … with `object` it makes the group's name. */
  readonly verb: string;
  readonly object: string;
  /** "wants to run a command"; `wantsTo` is the same before the object itself. */
  readonly wants: string;
  readonly wantsTo: string;
  /** The exact command, where there is one. */
  readonly command: string | null;
  readonly edits: readonly ProposedEdit[];
  /** What the agent says it is for; its claim, not a fact. */
  readonly purpose: string | null;
  /** Every other argument of the call, so that nothing that runs is left unseen. */
  readonly rest: readonly (readonly [name: string, value: string])[];
}

const VERBS: Readonly<Record<string, readonly [verb: string, wantsTo: string, object: string]>> = {
  execute: ["Run", "wants to run", " a command"],
  edit: ["Edit", "wants to edit", " a file"],
  delete: ["Delete", "wants to delete", " a file"],
  move: ["Move", "wants to move", " a file"],
  read: ["Read", "wants to read", " a file"],
  search: ["Search", "wants to search", ""],
  fetch: ["Fetch", "wants to open", " an address"],
};

/** Never throws: what it does not know it shows as it came. */
export function permissionShape({ toolCall }: PermissionRequest): PermissionShape {
  const input = isObject(toolCall.rawInput) ? toolCall.rawInput : {};
  const command = commandOf(input);
  const edits = (toolCall.content ?? []).flatMap(editOf);
  const kind = command === null ? (edits.length > 0 ? "edit" : (toolCall.kind ?? "other")) : "execute";
  const [verb, wantsTo, what] = VERBS[kind] ?? ["Allow", "asks for permission", ""];
  const path = edits[0]?.path ?? toolCall.locations?.[0]?.path;
  const title = toolCall.title ?? "";
  const isShown = new Set(["command", "description", ...(edits.length > 0 ? EDIT_FIELDS : [])]);
  return {
    verb,
    wants: wantsTo + what,
    wantsTo,
    object: command ?? path ?? (title === "" ? "this" : title),
    command,
    edits,
    purpose: typeof input["description"] === "string" && input["description"] !== "" ? input["description"] : null,
    rest: restOf(toolCall.rawInput, isShown),
  };
}

/** What the card must still say: a command that runs in the session's own folder is said to by the line under it. */
export function factsBesides({ rest }: PermissionShape, folder: string): PermissionShape["rest"] {
  return rest.filter(([name, value]) => !FOLDER_FIELDS.has(name) || !isSameFolder(value, folder));
}

const FOLDER_FIELDS = new Set(["cwd", "workdir"]);

// What an edit's arguments repeat of its diff.
const EDIT_FIELDS = ["file_path", "path", "old_string", "new_string", "content", "oldText", "newText", "edits"];

function commandOf(input: Readonly<Record<string, unknown>>): string | null {
  const { command } = input;
  if (typeof command === "string") return command;
  if (Array.isArray(command) && command.every((word) => typeof word === "string")) return command.map(quoted).join(" ");
  return null;
}

// An argument list has no shell between its words: a word that a shell would split is put in quotes.
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function editOf(content: { readonly type: string; readonly [field: string]: unknown }): readonly ProposedEdit[] {
  const { type, path, oldText, newText } = content;
  if (type !== "diff" || typeof path !== "string" || typeof newText !== "string") return [];
  return [{ path, before: typeof oldText === "string" ? oldText : null, after: newText }];
}

function restOf(rawInput: unknown, isShown: ReadonlySet<string>): PermissionShape["rest"] {
  if (rawInput === undefined || rawInput === null) return [];
  if (!isObject(rawInput)) return [["input", worded(rawInput)]];
  return Object.entries(rawInput)
    .filter(([name]) => !isShown.has(name))
    .map(([name, value]) => [name, worded(value)]);
}

function worded(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

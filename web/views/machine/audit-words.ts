// What an entry of the machine's own log says to a person. Pure.
import type { DeviceId } from "../../live/model-schema.ts";
import type { AuditCommand, TimelineEntry } from "../../live/model.ts";
import type { Tone } from "../../ui/row.tsx";
import type { GlyphState } from "../../ui/state-glyph.tsx";
import { momentWords, type Clock } from "../../ui/time-words.ts";

type Note = Extract<TimelineEntry, { kind: "note" }>;
type Entry = AuditCommand | Note;

/** What became of it: a word with a shape. */
export interface AuditResult {
  readonly word: string;
  readonly state: GlyphState;
  readonly tone: Tone | undefined;
}

/** One line of the list. */
export interface AuditRow {
  readonly key: string;
  readonly at: number;
  /** Who did it, for the filter; null for what the machine did by itself. */
  readonly by: DeviceId | "desk" | null;
  readonly what: string;
  /** What it was about. */
  readonly about: string | null;
  readonly result: AuditResult;
}

/** Names of what ids stand for, as far as this device knows them. */
export interface AuditNames {
  readonly thisDevice: DeviceId;
  readonly devices: ReadonlyMap<string, string>;
  readonly sessions: ReadonlyMap<string, string>;
  readonly projects: ReadonlyMap<string, string>;
}

const DEEDS: Readonly<Record<string, string>> = {
  "device.hello": "came in",
  "device.rename": "renamed a device",
  "device.revoke": "revoked a device",
  "device.rekey": "changed its keys",
  "keys.rotate": "changed the keys for everyone",
  "history.get": "asked for the history",
  "blob.get": "asked for a file",
  "agent.probe": "asked for the agents",
  "session.start": "started a session",
  "session.prompt": "sent a message",
  "session.fork": "forked a session",
  "session.resume": "resumed a session",
  "session.cancel": "stopped the turn",
  "session.stop": "stopped a session",
  "session.archive": "archived a session",
  "session.mode": "changed the mode",
  "prompt.edit": "changed a waiting message",
  "prompt.withdraw": "withdrew a waiting message",
  "wait.answer": "answered a question",
  "pair.invite": "made a pairing link",
  "pair.accept": "confirmed a new device",
  "project.add": "added a project",
  "project.remove": "removed a project",
  "project.trust": "trusted a project",
};

const EVENTS: Readonly<Record<string, string>> = {
  "device.paired": "A device was paired",
  "device.activated": "A new device came in",
  "device.revoked": "A device was revoked",
  "device.renamed": "A device was renamed",
  "device.erased": "A device never came in and was forgotten",
  "device.rekeyed": "A device changed its own keys",
  "device.held": "A device was held until somebody confirms it",
  "device.confirmed": "A device was confirmed at the machine",
  "epoch.rotated": "The keys were changed",
  "relay.restored": "The machine went on from an older copy of its state",
};

/** Why, where the word for the result leaves a question. */
const REASONS: Readonly<Record<string, string>> = {
  E_SCOPE: "it has no right to",
  E_POLICY: "forbidden on the machine",
  E_SCHEMA: "not understood",
  E_EXP_RANGE: "its clock was far off",
  E_EXPIRED: "it came after its time",
  E_REVOKED: "the device was revoked",
  E_RESOLVED: "it was already answered",
  E_DIGEST: "what was asked had changed",
  E_FORK: "it had seen another history",
  E_NOT_FOUND: "it was not there",
  E_BUSY: "something else was at work",
  E_DISK: "the disk was full",
  E_INTERNAL: "an error in Kelpie",
};

const RESULTS: Readonly<Record<string, AuditResult>> = {
  done: { word: "Done", state: "done", tone: "done" },
  failed: { word: "Failed", state: "failed", tone: "fail" },
  rejected: { word: "Refused", state: "failed", tone: "fail" },
  expired: { word: "Too late", state: "limit", tone: "wait" },
  indeterminate: { word: "Not known", state: "interrupted", tone: "wait" },
};
const HAPPENED: AuditResult = { word: "Noted", state: "idle", tone: undefined };

/** Names that trust notes gave: of devices that are in no list any more, too. The newest name wins. */
export function namesInNotes(entries: readonly TimelineEntry[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === "note" && entry.device !== undefined && entry.text !== "") names.set(entry.device, entry.text);
  }
  return names;
}

/** The entries of a machine's log as rows, newest first; of one device or the console alone where `of` says so. */
export function auditRows(entries: readonly TimelineEntry[], names: AuditNames, of: string | null): AuditRow[] {
  return entries
    .flatMap((entry) => (entry.kind === "command" || entry.kind === "note" ? [rowOf(entry, names)] : []))
    .filter(({ by }) => of === null || by === of)
    .toReversed();
}

/** Who somebody is in this list. */
export function whoWords(by: DeviceId | "desk", { thisDevice, devices }: AuditNames): string {
  if (by === "desk") return "The console";
  return by === thisDevice ? "This device" : (devices.get(by) ?? `A device that is gone (${by.slice(0, 6)})`);
}

function rowOf(entry: Entry, names: AuditNames): AuditRow {
  const { key, at } = entry;
  if (entry.kind === "note") {
    const what = EVENTS[entry.code] ?? entry.code;
    const about = entry.code === "epoch.rotated" ? `number ${entry.text}` : entry.text;
    return { key, at, by: entry.device ?? null, what, about: about === "" ? null : about, result: HAPPENED };
  }
  const deed = DEEDS[entry.op] ?? (entry.op === "" ? "sent what nobody can read" : `asked for ${entry.op}`);
  const result = RESULTS[entry.status] ?? { ...HAPPENED, word: entry.status };
  const about = [aboutWords(entry, names), reasonOf(entry.code)].filter((words) => words !== null).join(" · ");
  return {
    key,
    at,
    by: entry.by,
    what: `${whoWords(entry.by, names)} ${deed}`,
    about: about === "" ? null : about,
    result,
  };
}

function reasonOf(code: string | null): string | null {
  return code === null ? null : (REASONS[code] ?? code);
}

function aboutWords({ op, by, session, device, root }: AuditCommand, names: AuditNames): string | null {
  if (session !== null) return names.sessions.get(session) ?? `session ${session.slice(0, 6)}`;
  if (device !== null && !(op === "device.rename" && device === by))
    return names.devices.get(device) ?? device.slice(0, 6);
  return root === null ? null : (names.projects.get(root) ?? null);
}

/** Rows of one day. */
export interface AuditDay {
  readonly name: string;
  readonly rows: readonly AuditRow[];
}

/** Neighbouring rows of the same day of the calendar together, in their order. */
export function byDay(rows: readonly AuditRow[], clock: Clock): AuditDay[] {
  const days: { name: string; rows: AuditRow[] }[] = [];
  for (const row of rows) {
    const name = dayName(row.at, clock);
    const last = days.at(-1);
    if (last?.name === name) last.rows.push(row);
    else days.push({ name, rows: [row] });
  }
  return days;
}

function dayName(at: number, clock: Clock): string {
  const date = new Intl.DateTimeFormat("en-GB", {
    ...{ weekday: "short", day: "numeric", month: "short", year: "numeric" },
    timeZone: clock.zone,
  }).format(at);
  const words = momentWords(at, clock);
  if (/^\d\d:\d\d$/u.test(words)) return `Today, ${date}`;
  return words.startsWith("yesterday") ? `Yesterday, ${date}` : date;
}

// Sample machines, sessions and waits for the gallery and for tests of views. All times are fixed.
import { idFromBytes } from "../../schema/index.ts";
import type { DeviceId, MachineId, RootId, SessionId, WaitId, WaitRequest } from "../../schema/index.ts";
import type { AppView, MachineView, SessionRow, WaitView } from "../live/model.ts";
import type { Clock } from "../ui/time-words.ts";

const MINUTE_MS = 60_000;

/** The gallery's present: a Friday at noon. */
export const NOW = Date.parse("2026-11-20T12:04:00Z");
/** The gallery's clock. */
export const clock: Clock = { now: NOW, zone: "UTC" };

const bytes = (fill: number): Uint8Array => new Uint8Array(16).fill(fill);
/** A sample machine's id. */
export const machineOf = (index: number): MachineId => idFromBytes<MachineId>(bytes(index));
/** A sample session's id. */
export const sessionOf = (index: number): SessionId => idFromBytes<SessionId>(bytes(index));
/** A sample device's id. */
export const deviceOf = (index: number): DeviceId => idFromBytes<DeviceId>(bytes(index));
/** A sample root's id. */
export const rootOf = (index: number): RootId => idFromBytes<RootId>(bytes(index));
const waitOf = (index: number): WaitId => idFromBytes<WaitId>(bytes(index));

/** A session's row; name only what matters. */
export function sessionRow(facts: Partial<SessionRow> = {}): SessionRow {
  return {
    machine: machineOf(1),
    machineName: "studio",
    session: sessionOf(1),
    title: "Fix flaky upload test",
    project: "harbor-web",
    root: rootOf(1),
    cwd: "~/code/harbor-web",
    branch: "fix/upload-flake",
    agent: "claude",
    model: "opus",
    mode: "default",
    modes: [
      { id: "default", name: "ask first" },
      { id: "plan", name: "plan first" },
      { id: "acceptEdits", name: "accept edits" },
    ],
    state: "idle",
    since: NOW - 2 * MINUTE_MS,
    last: "",
    waits: 0,
    queued: 0,
    archived: false,
    ...facts,
  };
}

/** A wait; name only what matters. */
export function waitView(request: WaitRequest, facts: Partial<WaitView> = {}): WaitView {
  return {
    machine: machineOf(1),
    machineName: "studio",
    session: sessionOf(1),
    sessionTitle: "Fix flaky upload test",
    agent: "claude",
    project: "harbor-web",
    branch: "fix/upload-flake",
    cwd: "~/code/harbor-web",
    wid: waitOf(1),
    request,
    kind: request.kind,
    since: NOW - 2 * MINUTE_MS,
    answering: null,
    ...facts,
  };
}

/** The usual three ways to answer a permission. */
export const ANSWERS = [
  { optionId: "no", name: "No", kind: "reject_once" },
  { optionId: "always", name: "Always allow", kind: "allow_always" },
  { optionId: "yes", name: "Yes", kind: "allow_once" },
] as const;

const command = (text: string): WaitRequest => ({
  kind: "permission",
  req: { toolCall: { toolCallId: "t", kind: "execute", rawInput: { command: text } }, options: [...ANSWERS] },
});

/** One wait of every kind, newest first. */
export const waits: readonly WaitView[] = [
  waitView(command("npm test -- upload --retries=0"), { wid: waitOf(1) }),
  waitView(
    {
      kind: "question",
      req: {
        questions: [
          {
            question: "Where should the choice of theme be stored?",
            options: [
              { label: "In the browser", description: "localStorage, one choice per device" },
              { label: "In the account", description: "needs a column and a migration" },
              { label: "Nowhere, follow the system" },
            ],
          },
        ],
      },
    },
    { wid: waitOf(2), session: sessionOf(2), sessionTitle: "Add a dark theme", since: NOW - 9 * MINUTE_MS },
  ),
  waitView(
    { kind: "limit", req: { text: "You've hit your 5-hour limit · resets 3:10pm" } },
    {
      wid: waitOf(3),
      session: sessionOf(3),
      sessionTitle: "Move jobs to Drizzle",
      agent: "codex",
      project: "harbor-api",
      since: NOW - 118 * MINUTE_MS,
      until: NOW + 66 * MINUTE_MS,
    },
  ),
  waitView(
    {
      kind: "permission",
      req: {
        toolCall: {
          toolCallId: "t",
          kind: "edit",
          content: [
            {
              type: "diff",
              path: "src/upload/stream.ts",
              oldText: "for (const p of parts) queue.push(p)\nawait flush()\n",
              newText: "for (const p of parts) queue.push(p)\nawait flush({ all: true })\nawait queue.drained\n",
            },
          ],
        },
        options: [...ANSWERS],
      },
    },
    { wid: waitOf(4), session: sessionOf(4), sessionTitle: "Close the stream late", since: NOW - 12 * MINUTE_MS },
  ),
  waitView(
    {
      kind: "question",
      req: {
        questions: [
          {
            question: "Which suites should run before each commit?",
            multiSelect: true,
            options: [
              { label: "Types", description: "tsc, about 4 s" },
              { label: "Unit tests of changed files", description: "vitest related, about 6 s" },
              { label: "End to end", description: "about 3 min" },
            ],
          },
        ],
      },
    },
    {
      wid: waitOf(5),
      session: sessionOf(5),
      sessionTitle: "Add a pre-commit check",
      project: "harbor-api",
      since: NOW - 14 * MINUTE_MS,
    },
  ),
  waitView(
    {
      kind: "plan",
      req: {
        plan: "1. Add a keyset cursor on `(at, id)` to `audit/page.ts`\n2. Index both columns, migration `0042_audit_cursor`\n3. Replace `?page=` by `?after=`, keep the old one for a release\n4. Move the tests\n5. Update the docs\n6. Remove the counter\n7. Measure\n8. Announce it\n9. Clean up",
        options: [
          { optionId: "no", name: "No, keep planning", kind: "reject_once" },
          { optionId: "yes", name: "Yes", kind: "allow_once" },
        ],
      },
    },
    {
      wid: waitOf(6),
      session: sessionOf(6),
      sessionTitle: "Cursor for the audit log",
      project: "harbor-api",
      since: NOW - 21 * MINUTE_MS,
    },
  ),
  waitView(
    { kind: "login", req: { text: "Invalid API key · Please run /login", command: "claude /login" } },
    { wid: waitOf(7), session: sessionOf(7), sessionTitle: "Rename billing events", since: NOW - 26 * MINUTE_MS },
  ),
  waitView(
    {
      kind: "trust",
      req: {
        root: "r",
        digest: "d",
        files: [
          { path: ".mcp.json", change: "new", text: '{ "mcpServers": { "postgres": { "command": "npx" } } }' },
          { path: ".claude/settings.json", change: "changed", text: '{ "hooks": {} }' },
        ],
      },
    },
    {
      wid: waitOf(8),
      session: sessionOf(8),
      sessionTitle: "Sketch the rate limiter",
      project: "inkwell",
      since: NOW - 66 * MINUTE_MS,
    },
  ),
  waitView(
    { kind: "terminal", req: { text: "? Select auth method\n❯ Login with browser\n  Use an API key" } },
    {
      wid: waitOf(9),
      session: sessionOf(9),
      sessionTitle: "Regenerate API types",
      agent: "gemini",
      since: NOW - 77 * MINUTE_MS,
    },
  ),
  waitView(command("cat notes.txt\u200B; rm -rf ~\u202E/cod \u00A0# harmless"), {
    wid: waitOf(10),
    session: sessionOf(10),
    sessionTitle: "A command that hides something",
    since: NOW - 90 * MINUTE_MS,
    answering: { delivery: "stored", answer: { option: "no" }, command: { machine: machineOf(1), g: 1, ctr: 1 } },
  }),
];

/** Rows of every section. */
export const sessions: readonly SessionRow[] = [
  sessionRow({ state: "waiting", waits: 1 }),
  sessionRow({
    session: sessionOf(2),
    title: "Add a dark theme",
    state: "waiting",
    waits: 1,
    since: NOW - 9 * MINUTE_MS,
  }),
  sessionRow({
    session: sessionOf(3),
    title: "Move jobs to Drizzle",
    agent: "codex",
    state: "waiting",
    waits: 1,
    since: NOW - 118 * MINUTE_MS,
  }),
  sessionRow({
    session: sessionOf(11),
    title: "Paginate the audit log",
    agent: "opencode",
    project: "harbor-api",
    branch: "audit-pages",
    state: "running",
    last: "Editing `src/audit/page.ts`",
    since: NOW - 3 * MINUTE_MS,
  }),
  sessionRow({
    session: sessionOf(12),
    title: "Bump Vite to 8 and fix what breaks",
    project: "inkwell",
    branch: "main",
    state: "running",
    last: "Running `npm run build`",
    since: NOW - 41_000,
  }),
  sessionRow({
    session: sessionOf(13),
    title: "Sketch the rate limiter",
    project: "harbor-api",
    branch: "main",
    machineName: "air",
    since: NOW - 72 * MINUTE_MS,
  }),
  sessionRow({
    session: sessionOf(14),
    title: "Trim the Docker image",
    project: "harbor-api",
    branch: "slim",
    state: "ended",
    since: NOW - 84 * MINUTE_MS,
  }),
  sessionRow({
    session: sessionOf(15),
    title: "Regenerate API types",
    agent: "gemini",
    state: "ended",
    error: "gemini is not logged in, exit 41",
    since: NOW - 97 * MINUTE_MS,
  }),
  sessionRow({
    session: sessionOf(16),
    title: "Nightly dependency sweep",
    state: "interrupted",
    since: NOW - 192 * MINUTE_MS,
  }),
];

/** Three machines: live, away, and without its relay. */
export const machines: readonly Pick<MachineView, "machine" | "name" | "liveness" | "alarm" | "refused">[] = [
  {
    machine: machineOf(1),
    name: "studio",
    liveness: { status: "live", provenAt: NOW - 3000, roundTripMs: 41 },
    alarm: null,
    refused: null,
  },
  {
    machine: machineOf(2),
    name: "air",
    liveness: { status: "stale", confirmedAt: NOW - 24 * MINUTE_MS },
    alarm: null,
    refused: null,
  },
  {
    machine: machineOf(3),
    name: "build-01",
    liveness: { status: "stale", confirmedAt: NOW - 172 * MINUTE_MS },
    alarm: { kind: "relay-absent", since: NOW - 172 * MINUTE_MS },
    refused: null,
  },
];

/** The liveness word of the gallery's root. */
export const live: AppView["live"] = "live";

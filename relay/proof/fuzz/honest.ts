// Honest JSON of every kind that the golden frames do not hold: records, documents, commands, what waits ask.

const ID = "V_LtOAiVWsKNewevqkPLsw";
const SESSION = "ICEiIyQlJicoKSorLC0uLw";
const HASH = "LG8shyOLhWx2fV_mYOu2a42UBaCnUM9g690nqCBKFn4";
const AT = 1_795_000_000_123;

const OPTIONS = [
  { optionId: "allow", name: "Allow", kind: "allow_once" },
  { optionId: "reject", name: "Deny", kind: "reject_once" },
];
const TOOL = {
  toolCallId: "call_1",
  title: "npm test",
  kind: "execute",
  rawInput: { command: "npm test && echo 'done'", description: "Runs the tests", cwd: "/home/me/code" },
  content: [{ type: "diff", path: "/home/me/code/a.ts", oldText: "a\nb", newText: "a\nc" }],
  locations: [{ path: "/home/me/code/a.ts", line: 3 }],
};

/** What waits of each kind ask. */
export function waitTexts(): readonly string[] {
  const questions = [
    { question: "Which?", header: "Pick", multiSelect: true, options: [{ label: "A", description: "x" }] },
  ];
  return [
    { toolCall: TOOL, options: OPTIONS, always: ["Bash(npm test:*)"] },
    { toolCall: { ...TOOL, rawInput: { command: ["npm", "run test"], file_path: "a", edits: [] } }, options: OPTIONS },
    { plan: "# Plan\n\n1. Do `it`\n2. [Then](https://example.com)", options: OPTIONS },
    { questions },
    { text: "You've hit your session limit · resets 3pm (Europe/Berlin)" },
    { text: "logged out", command: "claude auth login" },
    { root: ID, digest: HASH, files: [{ path: ".mcp.json", change: "new", text: "{}\u202e" }] },
  ].map((value) => JSON.stringify(value));
}

/** Updates of every kind a conversation shows. */
const UPDATES: readonly object[] = [
  { sessionUpdate: "agent_message_chunk", messageId: "m.0", content: { type: "text", text: "Hello **you**" } },
  {
    sessionUpdate: "agent_message_chunk",
    messageId: "m.0",
    content: { type: "text", text: "" },
    _meta: { kelpie: { void: true } },
  },
  {
    sessionUpdate: "agent_thought_chunk",
    content: { type: "text", text: "Hm" },
    _meta: { claudeCode: { parentToolUseId: "call_1" } },
  },
  { sessionUpdate: "tool_call", ...TOOL, status: "pending" },
  {
    sessionUpdate: "tool_call_update",
    toolCallId: "call_1",
    status: "completed",
    rawOutput: "ok",
    _meta: { terminal_output: { data: "x" } },
  },
  { sessionUpdate: "plan", entries: [{ content: "Do it", status: "pending", priority: "medium" }] },
  { sessionUpdate: "current_mode_update", currentModeId: "plan" },
  { sessionUpdate: "usage_update", cost: { amount: 0.1, currency: "USD" } },
];

const ITEMS: readonly object[] = [
  ...UPDATES.map((update) => ({ k: "acp", u: { sessionId: "s", update } })),
  ...waitTexts().map((req, at) => ({
    k: "wait",
    wid: ID,
    kind: ["permission", "permission", "plan", "question", "limit", "login", "trust"][at],
    digest: HASH,
    req,
    until: AT,
  })),
  { k: "waitdone", wid: ID, by: "desk", answer: { option: "allow", choices: [[0, 1]], text: "yes" } },
  { k: "user", of: [ID, 1, 1], prompt: [{ type: "text", text: "do it" }] },
  { k: "unqueued", of: "desk", why: "edited", prompt: [{ type: "text", text: "do that" }] },
  { k: "turn", t: 1, of: [[ID, 1, 1], "desk"] },
  {
    k: "turnend",
    t: 1,
    stop: "end_turn",
    usage: { inputTokens: 1, outputTokens: 2, costUsd: 0.1 },
    error: "overloaded",
  },
  { k: "state", s: "ended", why: "exit 1" },
  { k: "blob", bid: ID, mime: "application/json", size: 300_000, hashes: [HASH], head: "{" },
  { k: "cmd", by: ID, ctr: 1, op: "session.start", status: "done", text: "x" },
  { k: "note", code: "compact", text: "1 → 2 tokens", boot: ID },
  { k: "newer", x: 1 },
];

/** Records: one of each item, and a few of all. */
export function recordTexts(): readonly string[] {
  return [
    ...ITEMS.map((item) => JSON.stringify([item])),
    JSON.stringify(ITEMS.slice(0, 6)),
    JSON.stringify(ITEMS.slice(8)),
  ];
}

/** Documents of a machine and a session. */
export function documentTexts(): readonly string[] {
  const wait = { wid: ID, kind: "permission", digest: HASH, q: 3, since: AT, req: waitTexts()[0] };
  const head = {
    ...{ title: "T", project: "p", root: ID, cwd: "~/p", branch: "main", agent: "claude", model: "m", mode: "plan" },
    ...{
      modes: [{ id: "plan", name: "Plan" }],
      state: "waiting",
      since: AT,
      created: AT,
      waits: [wait],
      last: "runs `x`",
    },
    ...{ queued: 0, usage: { inputTokens: 1 }, seq: 4 },
  };
  const agent = { id: "claude", state: "ready", version: "1", models: [{ id: "m", name: "M" }], modes: [] };
  const project = { root: ID, name: "p", path: "/p", git: true, trust: "asks", digest: HASH };
  const health = {
    ...{
      name: "studio",
      os: "linux",
      version: "0.1.0",
      started: AT,
      cores: 2,
      load: 0.4,
      diskFreeBytes: 1e9,
      diskTotalBytes: 2e9,
    },
    ...{ problems: [{ code: "E_DISK", text: "full" }], projectFolders: ["/home"], localWorker: true },
  };
  return [
    { name: "head", value: head },
    { name: "health", value: health },
    { name: "agents", value: { agents: [agent], checked: AT } },
    { name: "projects", value: { projects: [project] } },
    { name: "workspaces", value: { workspaces: [{ root: ID, project: ID, path: "/w", branch: "b" }] } },
    { name: "pairing", value: { waiting: [{ pid: ID, name: "Phone", until: AT }] } },
    {
      name: `trust/${ID}`,
      value: { root: ID, digest: HASH, files: [{ path: ".env", change: "same", text: "PATH=…" }] },
    },
    { name: "head", value: null },
  ].map((value) => JSON.stringify(value));
}

const ARGS: Readonly<Record<string, object>> = {
  "device.hello": { app: "kelpie 0.1.0" },
  "device.rename": { name: "Phone", d: ID },
  "history.get": { s: SESSION, from: 1, to: 100 },
  "blob.get": { s: SESSION, bid: ID, idx: 0 },
  "agent.probe": {},
  "session.start": {
    root: ID,
    agent: "claude",
    model: "m",
    mode: "plan",
    worktree: "fix/x",
    title: "T",
    blocks: [{ type: "text", text: "go" }],
    bids: [ID],
  },
  "session.prompt": { s: SESSION, blocks: [{ type: "resource_link", uri: "file:///a%20b" }] },
  "session.fork": { s: SESSION, q: 3 },
  "session.mode": { s: SESSION, mode: "plan" },
  "prompt.edit": { s: SESSION, of: [ID, 1, 2], blocks: [{ type: "text", text: "go" }] },
  "wait.answer": { s: SESSION, wid: ID, digest: HASH, answer: { option: "allow", choices: [[0]], text: "" } },
  "pair.invite": { scope: "view", shell: false },
  "pair.accept": { pid: ID, code: "123456" },
  "project.add": { path: "/home/me/code", name: "code" },
  "project.trust": { root: ID, digest: HASH },
};

/** Commands of many operations. */
export function commandTexts(): readonly string[] {
  return Object.entries(ARGS).map(([op, args]) => JSON.stringify({ op, args, seen: [SESSION, 3, HASH] }));
}

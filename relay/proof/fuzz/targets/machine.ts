// What is read on the machine itself: files of repositories and policies, git's listings, sockets between our processes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bytes, parseJson, POLICY_BYTES } from "../../../../schema/index.ts";
import { parsePolicy } from "../../../commands/policy.ts";
import { controlAnswer, controlRequest } from "../../../control/control-protocol.ts";
import { parseEvent as parseEmbeddedEvent, parseSettings } from "../../../embedded/settings.ts";
import { listWorktrees } from "../../../git/worktrees.ts";
import { isProgramEnv, withoutEnvValues } from "../../../projects/env-files.ts";
import { attributesCanStart, configCanStart, hooksPathsOf } from "../../../projects/git-config.ts";
import { listPrograms } from "../../../projects/program-files.ts";
import { readLog } from "../../../sessions/host/event-log.ts";
import { errorOf, parseEvent, parseEventLine, parseLine } from "../../../sessions/host/host-protocol.ts";
import { parseWorkPolicy } from "../../../sessions/work-policy.ts";
import { readSettings } from "../../../state/settings.ts";
import { bytesOf, type FuzzTarget, textTarget } from "../target.ts";

const MIB = 1024 * 1024;
/** The product reads at most 32 MiB of a project's files together; per file the claim is held for this much. */
const FILE_BYTES = 64 * 1024;

const GIT_CONFIG = `[core]
\tbare = false
\thooksPath = .husky/_ ; comment
[remote "origin"]\n\turl = git@example.com:a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*
[filter "lfs"] clean = git-lfs clean -- %f
[include]\n\tpath = ~/x\\\ny
[alias]\n\tst = !echo "hi \\"there\\""\n[diff.word] textconv = x\n`;

let scratch: string | undefined;
/** A folder of this thread, removed with its process. */
function scratchFolder(): string {
  if (scratch === undefined) {
    const made = mkdtempSync(join(tmpdir(), "kelpie-fuzz-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    scratch = made;
  }
  return scratch;
}

function readEventLog(input: Bytes): void {
  writeFileSync(join(scratchFolder(), "events-0000000000000000"), input);
  for (const { line } of readLog(scratchFolder(), 0)) parseEvent(line);
}

function readSettingsFile(input: Bytes): void {
  const path = join(scratchFolder(), "settings.json");
  writeFileSync(path, input);
  readSettings(path);
}

/** Every file of the project has this content. */
async function listAll(input: Bytes): Promise<void> {
  await listPrograms({ read: async () => input, list: async (folder) => [`${folder}/x`] });
}

function ours(name: string, claim: string, corpus: readonly object[], read: (text: string) => unknown): FuzzTarget {
  return textTarget({ name, claim, maxBytes: MIB, corpus: () => corpus.map((value) => JSON.stringify(value)), read });
}

const EVENTS: readonly object[] = [
  { type: "update", params: { sessionId: "s", update: { sessionUpdate: "plan", entries: [] } } },
  { type: "wait", wait: { key: "k", kind: "permission", req: "{}" } },
  { type: "turnend", turn: 1, end: { stop: "end_turn" } },
  { type: "ready", pid: 1 },
  { type: "unopened", failure: { code: "E_AGENT", data: { reason: "x" } } },
];
const EMBEDDED = {
  ...{ dataDir: "/d", host: "127.0.0.1", port: 0, appOrigin: null, tokenKey: "k", claimHash: "", assetsDir: "/a" },
  workerScript: "export default {}",
};
const SETTINGS = {
  worker: { mode: "embedded", port: 1, origin: null, tokenKey: "k", claimToken: null, claimHash: "h" },
  policy: { projectFolders: ["/p"], machineName: null },
};
const POLICY = {
  maxScope: "operate",
  shell: false,
  forbid: ["project.add"],
  agents: ["claude"],
  forbiddenModes: { claude: ["x"] },
};

/** Parsers on the machine. */
export const MACHINE_TARGETS: readonly FuzzTarget[] = [
  textTarget({
    name: "git-config",
    claim: "git configuration of a repository",
    maxBytes: FILE_BYTES,
    corpus: () => [GIT_CONFIG, '[a "b\\"c"]d=e', "[core]x"],
    tokens: ["[core]", "hooksPath", "=", '"', "\\\n", "[url ", "fsmonitor", "!", "ext::"],
    read: (text) => [configCanStart(text), hooksPathsOf(text)],
  }),
  textTarget({
    name: "git-attributes",
    claim: "git attributes of a repository",
    maxBytes: FILE_BYTES,
    corpus: () => ["*.png filter=lfs diff=lfs merge=lfs -text\n# x\n*.a text=auto", "* merge=union"],
    read: attributesCanStart,
  }),
  textTarget({
    name: "env-file",
    claim: "env files of a project",
    maxBytes: FILE_BYTES,
    corpus: () => ["export PATH=/x\nDATABASE_URL='postgres://x'\n#c\nA.b: 1"],
    read: (text) => [isProgramEnv(text), withoutEnvValues(text)],
  }),
  {
    name: "program-files",
    claim: "files of a project that can start programs",
    maxBytes: FILE_BYTES,
    corpus: () => ["---\nname: x\nhooks:\n  a: b\n---\nText !`ls`", GIT_CONFIG, "{}"].map(bytesOf),
    tokens: ["---\n", "hooks:", "allowed-tools", "!`"],
    run: listAll,
  },
  textTarget({
    name: "worktrees",
    claim: "git's list of working trees",
    maxBytes: MIB,
    corpus: () => ["worktree /a\0HEAD 1\0branch refs/heads/main\0\0worktree /b\0bare\0\0worktree /c\0prunable x\0\0"],
    read: (text) => listWorktrees(async () => text, "/"),
  }),
  textTarget({
    name: "policy",
    claim: "the machine's policy file",
    maxBytes: POLICY_BYTES,
    corpus: () => [JSON.stringify(POLICY)],
    read: async (text) => {
      await parsePolicy(text);
      const policy = parseWorkPolicy(text);
      policy.isAgentAllowed("claude");
      policy.isModeAllowed("claude", "x");
      policy.isModeAllowed("constructor", "x");
    },
  }),
  {
    name: "settings",
    claim: "the relay's settings file",
    maxBytes: MIB,
    corpus: () => [bytesOf(JSON.stringify(SETTINGS)), bytesOf(JSON.stringify({ ...SETTINGS, worker: null }))],
    run: readSettingsFile,
  },
  ours("embedded-settings", "what the embedded Worker is started with", [EMBEDDED], parseSettings),
  ours(
    "embedded-event",
    "what the embedded Worker says",
    [
      { event: "ready", url: "u", port: 1, appOrigin: "o", workerdPid: 2 },
      { event: "error", code: "E_START", reason: "r" },
    ],
    parseEmbeddedEvent,
  ),
  ours("control-request", "requests at the relay's local socket", [{ id: 1, method: "ls", params: {} }], (text) =>
    parseJson(text, controlRequest),
  ),
  ours(
    "control-answer",
    "answers of the relay's local socket",
    [
      { id: 1, kind: "done", data: {} },
      { id: 1, kind: "error", code: "E_SCOPE", reason: "r" },
    ],
    (text) => parseJson(text, controlAnswer),
  ),
  ours(
    "host-line",
    "lines between relay and session host",
    [
      { t: "welcome", pid: 1, turn: 0, waits: [] },
      { t: "done", id: 1 },
      { t: "calls", v: 1, nonce: "n" },
    ],
    parseLine,
  ),
  ours("host-event-line", "events a session host sends", [{ at: 1, event: { type: "ready", pid: 1 } }], parseEventLine),
  ours(
    "host-failure",
    "a session host's failures",
    [{ type: "unopened", failure: { code: "E_AGENT", data: { reason: "x" } } }],
    (text) => {
      const event = parseEvent(text);
      if (event.type === "unopened") errorOf(event.failure);
    },
  ),
  {
    name: "event-log",
    claim: "a session host's event log",
    maxBytes: MIB,
    corpus: () => [bytesOf(EVENTS.map((event) => `${JSON.stringify(event)}\n`).join(""))],
    run: readEventLog,
  },
];

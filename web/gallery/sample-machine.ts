// A sample machine's documents.
import type { AgentsDoc, HealthDoc, KeysDoc, ProjectsDoc } from "../../schema/index.ts";
import type { DeviceRow } from "../live/model.ts";
import { NOW, deviceOf, rootOf } from "./sample-sessions.ts";

const DAY_MS = 86_400_000;

/** How the sample machine is. */
export const health: HealthDoc = {
  name: "studio",
  os: "macOS 26.1",
  version: "0.9.2",
  started: NOW - 6 * DAY_MS - 4 * 3_600_000,
  cores: 12,
  load: 2.1,
  diskFreeBytes: 212e9,
  problems: [],
  projectFolders: ["~/code"],
  localWorker: true,
};

/** Agents in every state. */
export const agents: AgentsDoc["agents"] = [
  { id: "claude", state: "ready", version: "2.0.14", account: "signed in as mara@example.com", models: [], modes: [] },
  { id: "codex", state: "ready", version: "0.61.0", detail: "at its limit until 15:10", models: [], modes: [] },
  {
    id: "gemini",
    state: "logged-out",
    version: "0.16.0",
    detail: "login ended this morning",
    next: "gemini auth login",
    models: [],
    modes: [],
  },
  {
    id: "ralph",
    state: "missing",
    detail: "not on the PATH of your login shell",
    next: "brew install ralph",
    models: [],
    modes: [],
  },
  { id: "demo", state: "ready", detail: "built in, needs no account", models: [], modes: [] },
];

/** Three paired devices. */
export const devices: readonly DeviceRow[] = [
  {
    d: deviceOf(1),
    name: "Chrome on Android",
    scope: "admin",
    shell: true,
    created: NOW - 18 * DAY_MS,
    last: NOW,
    isThis: true,
  },
  { d: deviceOf(2), name: "Pixel 9", scope: "operate", shell: false, created: NOW, last: NOW - 12_000, isThis: false },
  {
    d: deviceOf(3),
    name: "Firefox on air",
    scope: "view",
    shell: false,
    created: NOW,
    last: NOW - DAY_MS,
    isThis: false,
  },
];

/** Two projects, one not trusted yet. */
export const projects: ProjectsDoc["projects"] = [
  { root: rootOf(1), name: "harbor-web", path: "~/code/harbor-web", git: true, trust: "trusted" },
  { root: rootOf(2), name: "harbor-api", path: "~/code/harbor-api", git: true, trust: "free" },
  { root: rootOf(3), name: "inkwell", path: "~/code/inkwell", git: true, trust: "asks" },
];

/** Keys of a machine that went on from a backup this morning: one device has new keys, one waits, one is held. */
export const keys: KeysDoc = {
  epoch: 9,
  since: NOW - 2 * 3_600_000,
  next: NOW + 7 * DAY_MS - 2 * 3_600_000,
  devices: [
    { d: deviceOf(1), g: 3, since: NOW - 2 * 3_600_000, state: "good" },
    { d: deviceOf(2), g: 1, since: NOW - 18 * DAY_MS, state: "rekey" },
    { d: deviceOf(3), g: 1, since: NOW - 40 * DAY_MS, state: "held" },
  ],
  restored: { at: NOW - 2 * 3_600_000, why: "behind", records: 214 },
  events: [
    { at: NOW - 5 * DAY_MS, what: "rotated", epoch: 8 },
    { at: NOW - 2 * 3_600_000, what: "restored" },
    { at: NOW - 2 * 3_600_000, what: "rotated", epoch: 9 },
    { at: NOW - 2 * 3_600_000 + 5_000, what: "rekeyed", name: "Chrome on Android" },
  ],
};

// Documents: how things are, whole at every rev (protocol section 6). Session zero's are the machine's.
import { hashedId } from "./crypto.ts";
import { deviceId, hash, pairId, rootId, waitId, type DocId } from "./ids.ts";
import { turnUsage } from "./items.ts";
import { HEAD_WAITS, KEY_EVENTS } from "./limits.ts";
import { utf8 } from "./platform.ts";
import { SESSION_STATUSES } from "./session-state.ts";
import { WAIT_KINDS } from "./waits.ts";
import { z } from "./zod.ts";

const count = z.int().check(z.gte(0));
const timeMs = count;
const choice = z.object({ id: z.string(), name: z.string() });

/** One open wait of a session, so that the Inbox answers without the records. `q` = the record that holds it. */
export const headWait = z.object({
  wid: waitId,
  kind: z.enum(WAIT_KINDS),
  digest: hash,
  q: count,
  since: timeMs,
  until: z.optional(timeMs),
  /** The request itself, when it is at most WAIT_REQ_IN_HEAD_BYTES; else open the session. */
  req: z.optional(z.string()),
});
export type HeadWait = z.infer<typeof headWait>;

/** Document "head" of every session. */
export const headDoc = z.object({
  title: z.string(),
  /** Name of the project, and the root the session works in. */
  project: z.string(),
  root: rootId,
  /** Path of the workspace, home abbreviated to "~". */
  cwd: z.string(),
  branch: z.optional(z.string()),
  agent: z.string(),
  model: z.optional(z.string()),
  mode: z.optional(z.string()),
  modes: z.optional(z.array(choice)),
  state: z.enum(SESSION_STATUSES),
  /** Epoch ms since when it is in that state. */
  since: timeMs,
  created: timeMs,
  waits: z.array(headWait).check(z.maxLength(HEAD_WAITS)),
  /** What it does now or did last, in a few words; code in `backticks`. */
  last: z.string(),
  /** The last turn failed: the vendor's words. */
  error: z.optional(z.string()),
  /** Prompts in the queue. */
  queued: count,
  usage: z.optional(turnUsage),
  archived: z.optional(z.boolean()),
  /** Newest record of the session's log. */
  seq: count,
});
export type HeadDoc = z.infer<typeof headDoc>;

/** Machine document "health". */
export const healthDoc = z.object({
  name: z.string(),
  os: z.string(),
  version: z.string(),
  started: timeMs,
  cores: count,
  load: z.optional(z.number()),
  diskFreeBytes: z.optional(count),
  diskTotalBytes: z.optional(count),
  /** E_DISK and the like: what is wrong, in words, with the next step. */
  problems: z.array(z.object({ code: z.string(), text: z.string() })),
  /** Folders in which project.add may register (policy); empty = only at the machine. */
  projectFolders: z.array(z.string()),
  /** False behind a tunnel or a deployed Worker: pairing asks for digits. */
  localWorker: z.boolean(),
});
export type HealthDoc = z.infer<typeof healthDoc>;

/** Machine document "agents". */
export const agentStatus = z.object({
  id: z.string(),
  state: z.enum(["ready", "missing", "logged-out", "broken"]),
  version: z.optional(z.string()),
  account: z.optional(z.string()),
  detail: z.optional(z.string()),
  /** One command or sentence: what to do about it. */
  next: z.optional(z.string()),
  models: z.array(choice),
  modes: z.array(choice),
});
export const agentsDoc = z.object({ agents: z.array(agentStatus), checked: timeMs });
export type AgentsDoc = z.infer<typeof agentsDoc>;

/** Machine document "projects". */
export const projectsDoc = z.object({
  projects: z.array(
    z.object({
      root: rootId,
      name: z.string(),
      path: z.string(),
      branch: z.optional(z.string()),
      git: z.boolean(),
      /** "free": nothing in it can start a program, so there is nothing to ask. */
      trust: z.enum(["free", "trusted", "asks"]),
      /** Digest of the list in the document "trust/<root>", while it asks. */
      digest: z.optional(hash),
      /** Why there is no git for it, in words. */
      detail: z.optional(z.string()),
    }),
  ),
});
export type ProjectsDoc = z.infer<typeof projectsDoc>;

/** Machine document "workspaces": worktrees beside a project's main checkout. */
export const workspacesDoc = z.object({
  workspaces: z.array(z.object({ root: rootId, project: rootId, path: z.string(), branch: z.optional(z.string()) })),
});
export type WorkspacesDoc = z.infer<typeof workspacesDoc>;

/** Machine document "trust/<root>": what of this project can start a program, and how it differs from what was trusted. */
export const trustDoc = z.object({
  root: rootId,
  digest: hash,
  files: z.array(
    z.object({ path: z.string(), change: z.enum(["new", "changed", "removed", "same"]), text: z.string() }),
  ),
});
export type TrustDoc = z.infer<typeof trustDoc>;

/** Machine document "pairing": devices that wait for their six digits. */
export const pairingDoc = z.object({ waiting: z.array(z.object({ pid: pairId, name: z.string(), until: timeMs })) });
export type PairingDoc = z.infer<typeof pairingDoc>;

/** What happened to a machine's keys; `name` is the device's, `epoch` the new one. */
export const KEY_EVENTS_KINDS = ["rotated", "rekeyed", "revoked", "restored", "held", "confirmed"] as const;
/** Why a relay's state was taken for an older copy: its folder is another one, or the Worker holds newer records. */
export const RESTORE_CAUSES = ["moved", "behind"] as const;

/** Machine document "keys": how old they are, when they change, and what happened to them, newest last. */
export const keysDoc = z.object({
  epoch: count,
  since: timeMs,
  /** When the next scheduled change is due. */
  next: timeMs,
  devices: z.array(
    z.object({
      d: deviceId,
      /** Generation of its pairwise root, and since when. */
      g: count,
      since: timeMs,
      /** "rekey": nothing else is taken from it until it has new keys; "held": nothing at all until it is confirmed. */
      state: z.enum(["good", "rekey", "held"]),
    }),
  ),
  /** The last time this relay went on from an older copy of its state. */
  restored: z.optional(z.object({ at: timeMs, why: z.enum(RESTORE_CAUSES), records: count })),
  events: z
    .array(
      z.object({ at: timeMs, what: z.enum(KEY_EVENTS_KINDS), name: z.optional(z.string()), epoch: z.optional(count) }),
    )
    .check(z.maxLength(KEY_EVENTS)),
});
export type KeysDoc = z.infer<typeof keysDoc>;

/** Names of machine documents with a fixed name; "trust/<root>" is the only other. */
export const MACHINE_DOCS = {
  health: healthDoc,
  agents: agentsDoc,
  projects: projectsDoc,
  workspaces: workspacesDoc,
  pairing: pairingDoc,
  keys: keysDoc,
} as const;
export type MachineDocName = keyof typeof MACHINE_DOCS;
/** The document of every session. */
export const HEAD_DOC = "head";
export const TRUST_DOC_PREFIX = "trust/";

/** Plaintext of a DOC: null = deleted. */
export const docPlain = z.object({ name: z.string(), value: z.unknown() });

/** The id under which the Worker keeps a document, so that it sees no name. */
export function docIdOf(name: string): Promise<DocId> {
  return hashedId<DocId>("doc", utf8(name));
}

export const SCOPES = ["view", "operate", "admin"] as const;
/** What a device may do; each includes the one before. */
export type Scope = (typeof SCOPES)[number];

/** True when `has` allows what `needs` asks. "shell" is a flag beside the scopes. */
export function scopeAllows(has: Scope, needs: Scope): boolean {
  return SCOPES.indexOf(has) >= SCOPES.indexOf(needs);
}

/** Plaintext of a KEYRING: content roots by epoch, and who is paired. */
export const keyringPlain = z.object({
  epochs: z.array(z.tuple([z.int().check(z.gte(1)), z.string()])).check(z.minLength(1)),
  cur: z.int().check(z.gte(1)),
  devices: z.array(
    z.object({
      d: deviceId,
      name: z.string(),
      scope: z.enum(SCOPES),
      shell: z.optional(z.boolean()),
      created: z.optional(timeMs),
      last: z.optional(timeMs),
    }),
  ),
  rev: count,
});
export type KeyringPlain = z.infer<typeof keyringPlain>;

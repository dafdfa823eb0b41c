// What the command line may ask of a running relay. The person at the machine has every right, but the same operations.
import { realpathSync } from "node:fs";
import {
  AppError,
  hash,
  headDoc,
  isB64Of,
  MACHINE_SESSION,
  pairUrl,
  parseShape,
  projectsDoc,
  sessionId,
  SCOPES,
  WAIT_REQUESTS,
  z,
  type Hash,
  type HeadDoc,
  type ProjectsDoc,
  type SessionId,
  type WaitAnswer,
  type WaitOption,
} from "../../schema/index.ts";
import { kelpie } from "../command-name.ts";
import type { Methods } from "../control/control-server.ts";
import type { Commands } from "../commands/ports.ts";
import type { DocumentStore, SessionLog } from "../journal/ports.ts";
import type { LinkState } from "../link/link-state.ts";
import type { Device, Devices, Epochs, Identity, Pairing } from "../trust/ports.ts";
import { auditLines } from "./audit-export.ts";
import { readItems } from "./session-reader.ts";

/** What the desk needs of the relay. */
export interface DeskParts {
  readonly identity: Identity;
  readonly log: SessionLog;
  readonly documents: DocumentStore;
  readonly devices: Devices;
  readonly epochs: Epochs;
  readonly pairing: Pairing;
  readonly commands: Pick<Commands, "desk" | "asDesk">;
  readonly linkState: () => LinkState;
  readonly appOrigin: string;
  /** True when a pairing asks for six digits. */
  readonly digits: boolean;
  readonly enrolTicket: () => Promise<string>;
  /** Epoch ms. */
  readonly now: () => number;
  /** For paths shown with "~". */
  readonly home: string;
}

const text = z.string();
const target = z.object({ session: text });

/** The methods of the control socket. */
export function deskMethods(parts: DeskParts): Methods {
  const { commands } = parts;
  return {
    ...pairingMethods(parts),
    ...sessionMethods(parts),
    status: async () => ({ machine: parts.identity.machine, url: parts.appOrigin, link: parts.linkState().status }),
    agents: async () => commands.desk("agent.probe", {}),
    audit: async (params, { emit }) => {
      const { since } = parseShape(params, z.object({ since: z.int() }));
      for await (const line of auditLines(parts, { since, now: parts.now() })) emit(line);
      return {};
    },
    ticket: async () => ({ ticket: await parts.enrolTicket() }),
    "project.add": async (params) => {
      const { path, name } = parseShape(params, z.object({ path: text, name: z.optional(text) }));
      return commands.desk("project.add", { path, ...(name === undefined ? {} : { name }) });
    },
    trust: async (params) => trust(parts, parseShape(params, z.object({ path: text, digest: z.optional(hash) }))),
  };
}

function pairingMethods(parts: DeskParts): Methods {
  const { commands, devices, pairing, identity } = parts;
  return {
    "pair.open": async (params, { emit, signal }) => {
      const grant = parseShape(params, z.object({ scope: z.enum(SCOPES), shell: z.boolean() }));
      const invitation = await commands.asDesk("pair.invite", grant, () => pairing.invite(grant));
      const url = pairUrl(parts.appOrigin, { secret: invitation.secret, machine: identity.machine });
      return new Promise((resolve) => {
        const unsubscribe = pairing.on((event) => {
          if (event.pid !== invitation.pid) return;
          emit(event);
          if (event.type !== "waiting") settle();
        });
        const settle = (): void => {
          unsubscribe();
          resolve({});
        };
        signal.addEventListener("abort", () => {
          pairing.cancel(invitation.pid);
          settle();
        });
        emit({ type: "open", pid: invitation.pid, url, exp: invitation.exp, digits: parts.digits });
      });
    },
    pairing: async () => parts.documents.get(MACHINE_SESSION, "pairing") ?? { waiting: [] },
    "pair.accept": async (params) => {
      const { pid, code } = parseShape(params, z.object({ pid: text, code: text }));
      const open = pairing.open().find((candidate) => candidate.pid === pid);
      if (open === undefined) throw new AppError("E_PAIR_EXPIRED", { reason: "that pairing is no longer open" });
      return commands.asDesk("pair.accept", {}, async () => ({ d: await pairing.accept(open.pid, code) }));
    },
    "devices.list": async () => devices.list(),
    "devices.revoke": async (params) => {
      const found = deviceOf(devices.list(), params);
      await commands.desk("device.revoke", { d: found.d });
      return { d: found.d, name: found.name };
    },
    "devices.confirm": async (params) => {
      const found = deviceOf(devices.list(), params);
      if (found.state !== "held") {
        throw new AppError("E_RESOLVED", { reason: `${found.name} needs no confirmation`, next: kelpie("devices") });
      }
      await devices.confirm(found.d);
      return { d: found.d, name: found.name };
    },
    "keys.rotate": async () => parts.commands.desk("keys.rotate", {}),
    keys: async () => parts.documents.get(MACHINE_SESSION, "keys"),
  };
}

/** The one that is paired and named so; E_NOT_FOUND, or E_SCHEMA when several are. */
function deviceOf(list: readonly Device[], params: unknown): Device {
  const { device } = parseShape(params, z.object({ device: text }));
  const paired = list.filter(({ state }) => state !== "revoked");
  const found = paired.filter((row) => row.d.startsWith(device) || row.name === device);
  return onlyOne(found, "device", { wanted: device, next: kelpie("devices") });
}

function sessionMethods(parts: DeskParts): Methods {
  const { commands, log, epochs } = parts;
  return {
    ls: async () => listSessions(parts).map(({ session, head }) => ({ session, ...head })),
    run: async (params) => run(parts, parseShape(params, runParams)),
    send: async (params) => {
      const { prompt, ...rest } = parseShape(params, z.extend(target, { prompt: text }));
      const s = findSession(parts, rest.session).session;
      return { s, ...(await commands.desk("session.prompt", { s, blocks: [{ type: "text", text: prompt }] })) };
    },
    attach: async (params, { emit, signal }) => {
      const wanted = parseShape(params, z.extend(target, { from: z.int().check(z.gte(1)), follow: z.boolean() }));
      const { session } = findSession(parts, wanted.session);
      for await (const item of readItems({ log, epochs }, session, wanted.from, wanted.follow ? signal : null))
        emit(item);
      return {};
    },
    answer: async (params) => answerWait(parts, parseShape(params, answerParams)),
    stop: async (params) => {
      const { session, turn } = parseShape(params, z.extend(target, { turn: z.boolean() }));
      const s = findSession(parts, session).session;
      await commands.desk(turn ? "session.cancel" : "session.stop", { s });
      return { s };
    },
    resume: async (params) => {
      const s = findSession(parts, parseShape(params, target).session).session;
      await commands.desk("session.resume", { s });
      return { s };
    },
  };
}

const runParams = z.object({
  path: text,
  agent: text,
  prompt: z.optional(text),
  model: z.optional(text),
  mode: z.optional(text),
  title: z.optional(text),
  worktree: z.optional(text),
});

async function run(parts: DeskParts, params: z.infer<typeof runParams>): Promise<unknown> {
  const { path, prompt, agent, model, mode, title, worktree } = params;
  const { root } = await parts.commands.desk("project.add", { path });
  return parts.commands.desk("session.start", {
    root,
    agent,
    ...(model === undefined ? {} : { model }),
    ...(mode === undefined ? {} : { mode }),
    ...(title === undefined ? {} : { title }),
    ...(worktree === undefined ? {} : { worktree }),
    ...(prompt === undefined ? {} : { blocks: [{ type: "text", text: prompt }] }),
  });
}

const answerParams = z.extend(target, {
  /** Which of several open waits, by the start of its id. */
  wait: z.optional(text),
  decision: z.enum(["approve", "always", "deny"]),
  text: z.optional(text),
});

const KINDS = {
  approve: ["allow_once"],
  always: ["allow_always"],
  deny: ["reject_once", "reject_always"],
} as const;

async function answerWait(parts: DeskParts, params: z.infer<typeof answerParams>): Promise<unknown> {
  const { session, head } = findSession(parts, params.session);
  const wanted = params.wait;
  const open = head.waits.filter((wait) => wanted === undefined || wait.wid.startsWith(wanted));
  const wait = onlyOne(open, "open wait", { wanted: params.wait ?? head.title, next: kelpie("ls") });
  const options = optionsOf(wait.kind, wait.req);
  const kinds: readonly string[] = KINDS[params.decision];
  const option = options.find((candidate) => kinds.includes(candidate.kind));
  if (option === undefined) {
    throw new AppError("E_SCHEMA", {
      reason: `this ${wait.kind} offers no way to ${params.decision}`,
      next: "answer it in the app",
    });
  }
  const answer: WaitAnswer = { option: option.optionId, ...(params.text === undefined ? {} : { text: params.text }) };
  return parts.commands.desk("wait.answer", { s: session, wid: wait.wid, digest: wait.digest, answer });
}

function optionsOf(kind: HeadDoc["waits"][number]["kind"], req: string | undefined): readonly WaitOption[] {
  if (req === undefined || (kind !== "permission" && kind !== "plan")) return [];
  return parseShape(JSON.parse(req), WAIT_REQUESTS[kind]).options;
}

async function trust(parts: DeskParts, params: { path: string; digest?: Hash | undefined }): Promise<unknown> {
  const path = realPath(params.path);
  const project = projectsOf(parts.documents).find((candidate) => expandHome(candidate.path, parts.home) === path);
  if (project === undefined)
    throw new AppError("E_NOT_FOUND", { reason: `${path} is no registered project`, next: `npm start '${path}'` });
  const document = parts.documents.get(MACHINE_SESSION, `trust/${project.root}`);
  if (project.trust !== "asks" || project.digest === undefined) return { project, trusted: true };
  if (params.digest === undefined) return { project, trusted: false, ask: document };
  await parts.commands.desk("project.trust", { root: project.root, digest: params.digest });
  return { project, trusted: true };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new AppError("E_NOT_FOUND", { reason: `there is no ${path}`, next: "name a project's folder" }, { cause });
  }
}

function expandHome(path: string, home: string): string {
  return path.startsWith("~") ? home + path.slice(1) : path;
}

function projectsOf(documents: DocumentStore): ProjectsDoc["projects"] {
  const value = documents.get(MACHINE_SESSION, "projects");
  return value === null || value === undefined ? [] : parseShape(value, projectsDoc).projects;
}

interface ListedSession {
  readonly session: SessionId;
  readonly head: HeadDoc;
}

function listSessions({ log, documents }: DeskParts): ListedSession[] {
  return log
    .sessions()
    .filter((session) => session !== MACHINE_SESSION)
    .map((session) => ({ session, head: headDoc.safeParse(documents.get(session, "head")) }))
    .flatMap(({ session, head }) => (head.success ? [{ session, head: head.data }] : []))
    .sort((a, b) => b.head.since - a.head.since);
}

/** A session by its id, the start of it, or its title. */
function findSession(parts: DeskParts, wanted: string): ListedSession {
  const all = listSessions(parts);
  if (isB64Of(wanted, 16)) {
    const id = parseShape(wanted, sessionId);
    const exact = all.find(({ session }) => session === id);
    if (exact !== undefined) return exact;
  }
  const found = all.filter(({ session, head }) => session.startsWith(wanted) || head.title === wanted);
  return onlyOne(found, "session", { wanted, next: kelpie("ls") });
}

function onlyOne<T>(
  found: readonly T[],
  what: string,
  { wanted, next }: { readonly wanted: string; readonly next: string },
): T {
  const [first, ...others] = found;
  if (first === undefined) throw new AppError("E_NOT_FOUND", { reason: `no ${what} matches ${wanted}`, next });
  if (others.length > 0)
    throw new AppError("E_SCHEMA", { reason: `${found.length} match ${wanted}`, next: "write more of the id" });
  return first;
}

// What screens may ask of the core, as commands to a machine. One function per wish; no state but those waiting for an end.
import {
  APPROVAL_TTL_MS,
  COMMAND_TTL_MS,
  digestOf,
  fromB64,
  isAppError,
  OPERATIONS,
  pairUrl,
  WAKE_TTL_MS,
  type ArgsOf,
  type CommandRef,
  type MachineId,
  type OperationName,
  type SessionId,
} from "../../schema/index.ts";
import { auditFile } from "./audit-file.ts";
import type { LiveCore } from "./core.ts";
import { refusalOf, refusalOfFinal } from "./delivery.ts";
import type { FinalResult, OutboxEntry } from "./live-store.ts";
import type { Machine } from "./machine.ts";
import { commandKey, deliveryIn } from "./machine-view.ts";
import type { Accepted, CommandKey, Live, Outcome, Refusal, StartSession, WaitView } from "./model.ts";
import { toolOutput } from "./tool-output.ts";

/** The part of `Live` that answers; stores and one-way calls are the page's own. */
export type CoreCalls = Pick<
  Live,
  | "toolOutput"
  | "startSession"
  | "started"
  | "prompt"
  | "editPrompt"
  | "withdrawPrompt"
  | "answer"
  | "cancelTurn"
  | "stopSession"
  | "resumeSession"
  | "setMode"
  | "archiveSession"
  | "retry"
  | "dismiss"
  | "renameDevice"
  | "revokeDevice"
  | "rotateKeys"
  | "invite"
  | "acceptPairing"
  | "addProject"
  | "removeProject"
  | "trustProject"
  | "probeAgents"
  | "auditFile"
  | "forget"
>;

/** How often a form's command is looked at until it has a last word. */
const LOOK_EVERY_MS = 50;

const gone = (code = "E_NOT_FOUND"): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: refusalOf(code, null),
});
const blocksOfText = (text: string) => [{ type: "text", text }];

/** The calls of screens over one core. */
export function coreCalls(core: LiveCore): CoreCalls {
  const wish = async <N extends OperationName>(
    machine: MachineId,
    op: N,
    args: ArgsOf<N>,
    session: SessionId | null = null,
  ): Promise<Accepted> => {
    const found = core.machine(machine);
    if (found === null) return gone();
    try {
      return { ok: true, command: commandKey(await found.wish(op, args, { session, ttlMs: ttlOf(op, found) })) };
    } catch (error) {
      if (isAppError(error)) return gone(error.code);
      core.storageTrouble("storage-failed");
      return { ok: false, refusal: { code: "storage", next: "This browser could not keep it. Free some space." } };
    }
  };
  const form = async <N extends OperationName>(machine: MachineId, op: N, args: ArgsOf<N>): Promise<Outcome> => {
    const accepted = await wish(machine, op, args);
    return accepted.ok ? outcomeOf(core, accepted.command) : accepted;
  };
  const refOf = (command: CommandKey): CommandRef | null => {
    const device = core.machine(command.machine)?.facts().thisDevice;
    return device === undefined ? null : [device, command.g, command.ctr];
  };
  return {
    ...sessionCalls(wish, refOf),
    startSession: (request) => wish(request.machine, "session.start", startArgs(request)),
    started: async (command) => {
      const outcome = await outcomeOf(core, command);
      if (!outcome.ok) return outcome;
      const data = OPERATIONS["session.start"].data.safeParse(outcome.data);
      return data.success ? { ok: true, data: data.data } : { ok: false, refusal: refusalOf("E_SCHEMA", null) };
    },
    answer: (wait, answer) => answerWait(core, wish, wait, answer),
    retry: (command) => retry(core, command),
    dismiss: async (command) => {
      const found = core.machine(command.machine);
      await found?.outbox.remove({ m: command.machine, g: command.g, ctr: command.ctr });
      core.platform.tabs.tell({ note: "outbox", machine: command.machine });
    },
    toolOutput: (machine, session, tool) => toolOutput(core, machine, session, tool),
    renameDevice: (machine, d, name) => form(machine, "device.rename", { name, d }),
    revokeDevice: (machine, d) => form(machine, "device.revoke", { d }),
    rotateKeys: (machine) => form(machine, "keys.rotate", {}),
    invite: (machine, scope, shell) => invite(core, machine, () => form(machine, "pair.invite", { scope, shell })),
    acceptPairing: (machine, pid, code) => form(machine, "pair.accept", { pid, code }),
    addProject: (machine, path, name) =>
      form(machine, "project.add", { path, ...(name === undefined || name === "" ? {} : { name }) }),
    removeProject: (machine, root) => form(machine, "project.remove", { root }),
    trustProject: async (machine, root, digest) => {
      const args = OPERATIONS["project.trust"].args.safeParse({ root, digest });
      return args.success ? form(machine, "project.trust", args.data) : gone("E_SCHEMA");
    },
    probeAgents: (machine) => probe(core.machine(machine)),
    auditFile: (machine) => auditFile(core, machine),
    forget: (machine) => core.forget(machine),
  };
}

type MakeWish = <N extends OperationName>(
  machine: MachineId,
  op: N,
  args: ArgsOf<N>,
  session?: SessionId | null,
) => Promise<Accepted>;

function sessionCalls(wish: MakeWish, refOf: (command: CommandKey) => CommandRef | null) {
  return {
    prompt: (machine: MachineId, s: SessionId, text: string) =>
      wish(machine, "session.prompt", { s, blocks: blocksOfText(text) }, s),
    editPrompt: async (machine: MachineId, s: SessionId, command: CommandKey, text: string) => {
      const of = refOf(command);
      return of === null ? gone() : wish(machine, "prompt.edit", { s, of, blocks: blocksOfText(text) }, s);
    },
    withdrawPrompt: async (machine: MachineId, s: SessionId, command: CommandKey) => {
      const of = refOf(command);
      return of === null ? gone() : wish(machine, "prompt.withdraw", { s, of }, s);
    },
    cancelTurn: (machine: MachineId, s: SessionId) => wish(machine, "session.cancel", { s }, s),
    stopSession: (machine: MachineId, s: SessionId) => wish(machine, "session.stop", { s }, s),
    resumeSession: (machine: MachineId, s: SessionId) => wish(machine, "session.resume", { s }, s),
    setMode: (machine: MachineId, s: SessionId, mode: string) => wish(machine, "session.mode", { s, mode }, s),
    archiveSession: (machine: MachineId, s: SessionId) => wish(machine, "session.archive", { s }, s),
  };
}

/**
 * Words may wait: a prompt for the machine's return (a day), or ten minutes for a network that just broke. A stop or a
 * change of mode that comes late does harm, so it has two minutes.
 */
function ttlOf(op: OperationName, machine: Machine): number {
  if (op === "wait.answer") return APPROVAL_TTL_MS;
  if (op !== "session.prompt" && op !== "session.start") return COMMAND_TTL_MS;
  return machine.facts().liveness.status === "live" ? APPROVAL_TTL_MS : WAKE_TTL_MS;
}

function startArgs({ prompt, ...request }: StartSession): ArgsOf<"session.start"> {
  const { root, agent, model, mode, worktree, title } = request;
  return {
    root,
    agent,
    ...(model === undefined ? {} : { model }),
    ...(mode === undefined ? {} : { mode }),
    ...(worktree === undefined ? {} : { worktree }),
    ...(title === undefined ? {} : { title }),
    ...(prompt === undefined || prompt === "" ? {} : { blocks: blocksOfText(prompt) }),
  };
}

/** The answer carries the digest of the very string that was shown. */
async function answerWait(
  core: LiveCore,
  wish: MakeWish,
  { machine, session, wid }: WaitView,
  answer: Parameters<Live["answer"]>[1],
): Promise<Accepted> {
  const found = core.machine(machine);
  const listed = found?.documents.heads.get(session)?.waits.find((wait) => wait.wid === wid);
  const req = listed?.req ?? found?.waitOf(session, wid)?.req;
  if (req === undefined) return gone(listed === undefined ? "E_RESOLVED" : "E_NOT_FOUND");
  return wish(machine, "wait.answer", { s: session, wid, digest: await digestOf(req), answer }, session);
}

/** The same words as a new command; the old one leaves the outbox once the new one is durable. */
async function retry(core: LiveCore, command: CommandKey): Promise<Accepted> {
  const found = core.machine(command.machine);
  const entry = found?.outbox.find(command.g, command.ctr) ?? null;
  if (found === null || entry === null) return gone();
  const { op, session } = entry;
  const args = OPERATIONS[op].args.safeParse(entry.args);
  if (!args.success) return gone("E_SCHEMA");
  const fresh = await found.wish(op, args.data, { session, ttlMs: ttlOf(op, found) });
  await found.outbox.remove(entry);
  return { ok: true, command: commandKey(fresh) };
}

/** What became of a command: waits for its final result, or until nothing can come any more. */
async function outcomeOf(core: LiveCore, command: CommandKey): Promise<Outcome> {
  const { clock } = core.platform;
  let last: FinalResult | null = null;
  for (;;) {
    const found = core.machine(command.machine);
    const entry: OutboxEntry | null = found?.outbox.find(command.g, command.ctr) ?? null;
    if (found === null || entry === null) return settled(found?.outbox.finalOf(command.g, command.ctr) ?? last);
    last = entry.final;
    const { refusal } = deliveryIn(found.facts(), entry);
    if (refusal !== null || entry.final !== null) {
      await found.outbox.remove(entry);
      return refusal === null ? settled(entry.final) : { ok: false, refusal };
    }
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
  }
}

function settled(final: FinalResult | null): Outcome {
  if (final === null) return gone();
  return final.status === "done"
    ? { ok: true, data: final.data }
    : { ok: false, refusal: refusalOfFinal(final, "E_NOT_FOUND") };
}

async function invite(core: LiveCore, machine: MachineId, ask: () => Promise<Outcome>): ReturnType<Live["invite"]> {
  const outcome = await ask();
  if (!outcome.ok) return outcome;
  const data = OPERATIONS["pair.invite"].data.safeParse(outcome.data);
  const secret = data.success ? fromB64(data.data.S) : null;
  if (!data.success || secret === null) return { ok: false, refusal: refusalOf("E_SCHEMA", null) };
  return { ok: true, data: { url: pairUrl(core.platform.origin, { secret, machine }), exp: data.data.exp } };
}

async function probe(machine: Machine | null): Promise<Outcome> {
  if (machine === null) return gone();
  try {
    return { ok: true, data: await machine.live.run("agent.probe", {}) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { text } = error.data;
    return { ok: false, refusal: refusalOf(error.code, typeof text === "string" ? text : null) };
  }
}

// Views of one machine for screens, from its row, documents and outbox. Pure.
import {
  type CommandRef,
  type DeviceId,
  type HeadDoc,
  type HeadWait,
  type ItemOf,
  type MachineId,
  type SessionId,
  type WaitAnswer,
  type WaitId,
} from "../../schema/index.ts";
import { waitAnswer } from "../../schema/index.ts";
import { deliveryOf, type DeliveryView } from "./delivery.ts";
import type { Documents } from "./documents.ts";
import type { MachineRow, OutboxEntry } from "./live-store.ts";
import type { Alarm, CommandKey, DeviceRow, Liveness, MachineView, SessionRow, WaitView } from "./model.ts";
import type { FoldContext, FoldedWait } from "./timeline/context.ts";
import { readRequest } from "./timeline/wait-words.ts";

export interface MachineFacts {
  readonly row: MachineRow;
  readonly thisDevice: DeviceId;
  readonly documents: Documents;
  readonly entries: readonly OutboxEntry[];
  readonly liveness: Liveness;
  readonly alarm: Alarm | null;
  readonly refused: MachineView["refused"];
  readonly offsetMs: number | null;
  readonly machineNow: number;
  /** It was there for long enough on this connection to answer what was sent again when it came back. */
  readonly hadTimeToAnswer: boolean;
}

/** The name the machine gives itself, else the one it was paired under. */
export function nameOfMachine({ row, documents }: Pick<MachineFacts, "row" | "documents">): string {
  return documents.named.health?.name ?? row.name;
}

/** One machine with its newest documents. */
export function machineView(facts: MachineFacts): MachineView {
  const { row, thisDevice, documents } = facts;
  const { health, keys, agents, projects, workspaces, pairing } = documents.named;
  const own = row.keyring.devices.find(({ d }) => d === thisDevice);
  return {
    machine: row.m,
    name: nameOfMachine(facts),
    liveness: facts.liveness,
    alarm: facts.alarm,
    refused: facts.refused,
    thisDevice,
    scope: own?.scope ?? row.scope,
    shell: own?.shell ?? row.shell,
    devices: row.keyring.devices.map((device) => deviceRow(device, thisDevice)),
    ...(health === undefined ? {} : { health }),
    ...(keys === undefined ? {} : { keys }),
    ...(agents === undefined ? {} : { agents }),
    ...(projects === undefined ? {} : { projects }),
    ...(workspaces === undefined ? {} : { workspaces }),
    trust: Object.fromEntries(documents.trust),
    pairing: pairing?.waiting ?? [],
    clockOffsetMs: facts.offsetMs,
  };
}

/** The machine's document of keys says that it takes nothing from this device but a rekey. */
export function wantsRekey({
  row,
  thisDevice,
  documents,
}: Pick<MachineFacts, "row" | "thisDevice" | "documents">): boolean {
  const own = documents.named.keys?.devices.find(({ d }) => d === thisDevice);
  return own?.state === "rekey" && own.g === row.g;
}

function deviceRow(device: MachineRow["keyring"]["devices"][number], thisDevice: DeviceId): DeviceRow {
  const { d, name, scope, shell = false, created = null, last = null } = device;
  return { d, name, scope, shell, created, last, isThis: d === thisDevice };
}

/** One row per session that has a head. */
export function sessionRows(facts: MachineFacts): SessionRow[] {
  const machineName = nameOfMachine(facts);
  return [...facts.documents.heads].map(([session, head]) => sessionRow(facts.row.m, machineName, session, head));
}

function sessionRow(machine: MachineId, machineName: string, session: SessionId, head: HeadDoc): SessionRow {
  const { branch, model, mode, error, usage } = head;
  return {
    machine,
    machineName,
    session,
    title: head.title,
    project: head.project,
    root: head.root,
    cwd: head.cwd,
    agent: head.agent,
    modes: head.modes ?? [],
    state: head.state,
    since: head.since,
    last: head.last,
    waits: head.waits.length,
    queued: head.queued,
    archived: head.archived ?? false,
    ...(branch === undefined ? {} : { branch }),
    ...(model === undefined ? {} : { model }),
    ...(mode === undefined ? {} : { mode }),
    ...(error === undefined ? {} : { error }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Every open wait that the heads list. `larger` answers requests too large for a head, where a record is here. */
export function openWaits(
  facts: MachineFacts,
  larger: (session: SessionId, wid: WaitId) => FoldedWait | null,
): WaitView[] {
  const views: WaitView[] = [];
  for (const [session, head] of facts.documents.heads) {
    if (head.archived === true) continue;
    for (const wait of head.waits) views.push(waitView(facts, session, waitOfHead(wait, larger(session, wait.wid))));
  }
  return views;
}

function waitOfHead(wait: HeadWait, known: FoldedWait | null): FoldedWait {
  const { wid, kind, since, until, req } = wait;
  const request = req === undefined ? (known?.request ?? null) : readRequest(kind, req);
  return { wid, kind, req: req ?? known?.req ?? "", request, since, until };
}

/** A wait as a card shows it, with this device's own answer on its way. */
export function waitView(facts: MachineFacts, session: SessionId, wait: FoldedWait): WaitView {
  const head = facts.documents.heads.get(session);
  const { wid, request, kind, since, until } = wait;
  return {
    machine: facts.row.m,
    machineName: nameOfMachine(facts),
    session,
    sessionTitle: head?.title ?? "",
    agent: head?.agent ?? "",
    project: head?.project ?? "",
    ...(head?.branch === undefined ? {} : { branch: head.branch }),
    cwd: head?.cwd ?? "",
    wid,
    request,
    kind,
    since,
    ...(until === undefined ? {} : { until }),
    answering: answering(facts, wid),
  };
}

function answering(facts: MachineFacts, wid: WaitId): WaitView["answering"] {
  const entry = facts.entries.findLast((found) => found.op === "wait.answer" && waitOfArgs(found.args) === wid);
  if (entry === undefined) return null;
  const { delivery } = deliveryIn(facts, entry);
  const answer = answerOfArgs(entry.args);
  return answer === null || delivery === "refused" ? null : { delivery, answer, command: commandKey(entry) };
}

/** The wait an entry answers. */
export function waitOfArgs(args: unknown): string | null {
  return typeof args === "object" && args !== null && "wid" in args && typeof args.wid === "string" ? args.wid : null;
}

function answerOfArgs(args: unknown): WaitAnswer | null {
  const parsed =
    typeof args === "object" && args !== null && "answer" in args ? waitAnswer.safeParse(args.answer) : null;
  return parsed?.success === true ? parsed.data : null;
}

/** Where an entry of this machine is. */
export function deliveryIn(
  facts: Pick<MachineFacts, "machineNow" | "liveness" | "hadTimeToAnswer">,
  entry: OutboxEntry,
): DeliveryView {
  // "It was not run" is said only when the machine could have told otherwise: its answer may have been lost before.
  const isMachineLive = facts.liveness.status === "live" && facts.hadTimeToAnswer;
  return deliveryOf({ entry, now: facts.machineNow, isMachineLive });
}

export function commandKey({ m, g, ctr }: OutboxEntry): CommandKey {
  return { machine: m, g, ctr };
}

/** Who it was, in words. */
export function nameOfActor(facts: MachineFacts, session: SessionId, by: ItemOf<"waitdone">["by"]): string {
  switch (by) {
    case "desk":
      return "the desk";
    case "clock":
      return "the clock";
    case "agent":
      return facts.documents.heads.get(session)?.agent ?? "the agent";
    default:
      if (by === facts.thisDevice) return "you";
      return facts.row.keyring.devices.find(({ d }) => d === by)?.name ?? "another device";
  }
}

/** What the fold of one session asks; facts are read when it does. */
export function foldContext(session: SessionId, facts: () => MachineFacts): FoldContext {
  return {
    nameOf: (by) => nameOfActor(facts(), session, by),
    ownCommand: (of) => ownCommand(facts(), of),
    waitView: (wait) => waitView(facts(), session, wait),
  };
}

/** The key of a command this device sent; null for another's. */
export function ownCommand(
  facts: Pick<MachineFacts, "row" | "thisDevice">,
  [d, g, ctr]: CommandRef,
): CommandKey | null {
  return d === facts.thisDevice ? { machine: facts.row.m, g, ctr } : null;
}

// The view of everything but the conversations, composed of all machines. Pure.
import { isOperation, type OperationName } from "../../schema/index.ts";
import type { OutboxEntry } from "./live-store.ts";
import { worstLiveness } from "./liveness.ts";
import { commandKey, deliveryIn, machineView, openWaits, sessionRows, type MachineFacts } from "./machine-view.ts";
import type { AppView, OutboxRow, WaitView } from "./model.ts";
import { blocksOf, textOf } from "./prompt-tail.ts";
import type { FoldedWait } from "./timeline/context.ts";

export interface AppFacts {
  readonly ready: boolean;
  readonly online: boolean;
  readonly trouble: AppView["trouble"];
  readonly machines: readonly {
    readonly facts: MachineFacts;
    readonly waitOf: (session: WaitView["session"], wid: WaitView["wid"]) => FoldedWait | null;
  }[];
}

/** What nobody has to look at: the app's own commands. */
const SILENT: ReadonlySet<OperationName> = new Set(["device.hello", "device.rekey"]);

const LABELS: Partial<Record<OperationName, string>> = {
  "session.start": "New session",
  "session.cancel": "Stop the turn",
  "session.stop": "End the session",
  "session.resume": "Resume",
  "session.archive": "Archive",
  "session.mode": "Change mode",
  "session.fork": "Fork",
  "prompt.edit": "Edit a message",
  "prompt.withdraw": "Withdraw a message",
  "wait.answer": "Answer",
  "device.rename": "Rename a device",
  "device.revoke": "Remove a device",
  "keys.rotate": "Change the keys",
  "pair.invite": "Pair another device",
  "pair.accept": "Confirm a device",
  "project.add": "Add a project",
  "project.remove": "Remove a project",
  "project.trust": "Trust a project",
};

/** The whole view; rows are new objects each time. */
export function appView({ ready, online, trouble, machines }: AppFacts): AppView {
  const views = machines.map(({ facts }) => machineView(facts));
  // A machine that has turned this device away says so itself; it makes none of the others stale.
  const open = views.filter(({ refused }) => refused === null);
  return {
    ready,
    online,
    machines: views,
    sessions: machines.flatMap(({ facts }) => sessionRows(facts)).sort((a, b) => b.since - a.since),
    waits: machines.flatMap(({ facts, waitOf }) => openWaits(facts, waitOf)).sort((a, b) => b.since - a.since),
    outbox: machines.flatMap(({ facts }) => outboxRows(facts)),
    live: worstLiveness((open.length === 0 ? views : open).map(({ liveness }) => liveness.status)),
    alarm: views.find(({ alarm }) => alarm !== null)?.alarm?.kind ?? null,
    trouble,
  };
}

/** Everything the machine has not finished, and what it refused. */
function outboxRows(facts: MachineFacts): OutboxRow[] {
  return facts.entries.flatMap((entry) => {
    if (SILENT.has(entry.op)) return [];
    const { delivery, refusal } = deliveryIn(facts, entry);
    if (delivery === "machine" || delivery === "agent") return [];
    const { session } = entry;
    const sessionTitle = session === null ? null : (facts.documents.heads.get(session)?.title ?? null);
    const label = labelOf(entry);
    return [
      { command: commandKey(entry), op: entry.op, session, sessionTitle, label, at: entry.at, delivery, refusal },
    ];
  });
}

function labelOf({ op, args }: OutboxEntry): string {
  const words = textOf(blocksOf(args));
  if (words !== "") return words;
  return isOperation(op) ? (LABELS[op] ?? op) : op;
}

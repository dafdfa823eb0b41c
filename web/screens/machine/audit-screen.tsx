// Everything that was asked of one machine: its own signed log as a list, and as a file that proves itself.
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { machinePath, PATHS } from "../../hooks/route.ts";
import { saveFile } from "../../hooks/save-file.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import { useTimeline } from "../../hooks/use-timeline.ts";
import { useTitle } from "../../hooks/use-title.ts";
import { MACHINE_LOG } from "../../live/machine-log.ts";
import type { MachineId } from "../../live/model-schema.ts";
import type { MachineView, SessionRow, TimelineEntry, TimelineView } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import { Skeleton } from "../../ui/notice.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { PickerSheet } from "../../views/composer/picker-sheet.tsx";
import { AuditList } from "../../views/machine/audit-list.tsx";
import { auditRows, namesInNotes, whoWords, type AuditNames, type AuditRow } from "../../views/machine/audit-words.ts";
import { NotFound } from "../../views/notices/blanks.tsx";
import { Bar, Screen } from "../../views/shell/screen.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";

/** The audit trail of the machine of this id, or that this browser has none of it. */
export function AuditScreen({ machine }: { machine: MachineId }): ReactNode {
  const [, navigate] = useLocation();
  const view = useApp((app) => app.machines.find((each) => each.machine === machine));
  if (view !== undefined) return <OpenAudit machine={view} />;
  return (
    <Screen header={<Bar title="Audit" back={{ href: PATHS.more, label: "Back" }} />}>
      <NotFound onHome={() => navigate(PATHS.sessions)} />
    </Screen>
  );
}

const EVERYONE = "everyone";

function OpenAudit({ machine }: { machine: MachineView }): ReactNode {
  const { live, device } = usePage();
  const sessions = useApp((view) => view.sessions);
  const waits = useApp((view) => view.waits.length);
  const clock = useClock("minute");
  const timeline = useTimeline(machine.machine, MACHINE_LOG);
  const [of, setOf] = useState<string | null>(null);
  const [isPicking, setIsPicking] = useState(false);
  const { asked, ask, clear } = useOutcome();
  useTitle(`Audit of ${machine.name}`, waits);
  const { entries } = timeline;
  const names = useMemo(() => namesOf(machine, sessions, entries), [machine, sessions, entries]);
  const rows = useMemo(() => auditRows(entries, names, of), [entries, names, of]);
  const people = useMemo(() => peopleOf(entries, names), [entries, names]);
  const chosen = people.find(({ id }) => id === of)?.name ?? null;
  const handleExport = async (): Promise<void> => {
    const file = await ask(() => live.auditFile(machine.machine));
    const day = new Date(clock.now).toISOString().slice(0, 10);
    if (file?.ok === true) saveFile(`kelpie-audit-${day}.jsonl`, "application/jsonl", file.data);
  };
  return (
    <Screen
      header={
        <Bar
          title="Audit"
          back={{ href: machinePath(machine.machine), label: "Back" }}
          sub={
            <>
              <LiveDot facts={machine} clock={clock} />
              <span>{machine.name}</span>
            </>
          }
        />
      }
      notices={
        <>
          <MachineNotices machines={[machine]} />
          <RefusalNotice refusal={asked.status === "refused" ? asked.refusal : null} onClose={clear} />
        </>
      }
    >
      <div className="column">
        <p className="audit-intro">
          What every device and the console of this machine asked of it, with the result, and every change of devices
          and keys. Reading is not listed; words of messages and answers are never in it. {machine.name} signed every
          entry, and this {device} checked that.
        </p>
        <div className="audit-bar">
          <Button onPress={() => setIsPicking(true)}>Who: {chosen ?? "everyone"}</Button>
          <Button isDisabled={asked.status === "busy"} onPress={() => void handleExport()}>
            {asked.status === "busy" ? "Exporting" : "Export"}
          </Button>
        </div>
        <Entries
          timeline={timeline}
          rows={rows}
          of={chosen}
          machineName={machine.name}
          clock={clock}
          onOlder={() => live.loadOlder(machine.machine, MACHINE_LOG)}
        />
      </div>
      {isPicking ? (
        <PickerSheet
          name="audit-who"
          title="Whose entries"
          options={[{ id: EVERYONE, name: "Everyone" }, ...people]}
          chosen={of ?? EVERYONE}
          onChoose={(id) => {
            setOf(id === EVERYONE ? null : id);
            setIsPicking(false);
          }}
          onClose={() => setIsPicking(false)}
        />
      ) : null}
    </Screen>
  );
}

interface EntriesProps {
  readonly timeline: TimelineView;
  readonly rows: readonly AuditRow[];
  /** Whose entries; null = everybody's. */
  readonly of: string | null;
  readonly machineName: string;
  readonly clock: Clock;
  readonly onOlder: () => void;
}

/** What is here, and the way to what is older. */
function Entries({ timeline, rows, of, machineName, clock, onOlder }: EntriesProps): ReactNode {
  const { status, more, loadingOlder } = timeline;
  if (status === "loading") return <Skeleton words="Nothing received yet" />;
  return (
    <>
      {rows.length === 0 ? <p className="audit-intro">{nothingWords(of, more)}</p> : null}
      <AuditList rows={rows} clock={clock} />
      {more ? (
        <div className="audit-bar">
          <Button isWide isDisabled={loadingOlder} onPress={onOlder}>
            {loadingOlder ? "Loading older entries" : "Load older"}
          </Button>
        </div>
      ) : rows.length === 0 ? null : (
        <p className="audit-intro">This is all that {machineName} has kept.</p>
      )}
    </>
  );
}

function nothingWords(of: string | null, more: boolean): string {
  if (more) return `Nothing${of === null ? "" : ` of ${of}`} in what is loaded so far.`;
  return of === null ? "Nothing was asked yet. The first command will stand here." : `Nothing of ${of} was kept.`;
}

function namesOf(machine: MachineView, sessions: readonly SessionRow[], entries: readonly TimelineEntry[]): AuditNames {
  const devices = namesInNotes(entries);
  for (const { d, name } of machine.devices) devices.set(d, name);
  const own = sessions.filter((session) => session.machine === machine.machine);
  return {
    thisDevice: machine.thisDevice,
    devices,
    sessions: new Map(own.map(({ session, title }) => [session, title])),
    projects: new Map((machine.projects?.projects ?? []).map(({ root, name }) => [root, name])),
  };
}

/** Everybody who is in the list, in the order of their first entry. */
function peopleOf(
  entries: readonly TimelineEntry[],
  names: AuditNames,
): { readonly id: string; readonly name: string }[] {
  const ids = new Set(entries.flatMap((entry) => (entry.kind === "command" ? [entry.by] : [])));
  return [...ids].map((id) => ({ id, name: whoWords(id, names) }));
}

// One machine: is it well, which agents it has, who may use it, what it works on.
import { Ellipsis, RefreshCw, Unplug } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { PATHS } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import { useTitle } from "../../hooks/use-title.ts";
import type { DeviceId, MachineId } from "../../live/model-schema.ts";
import type { MachineView } from "../../live/model.ts";
import { IconButton } from "../../ui/button.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import { Skeleton } from "../../ui/notice.tsx";
import { Section } from "../../ui/row.tsx";
import { durationWords } from "../../ui/time-words.ts";
import { AgentList } from "../../views/machine/agent-list.tsx";
import { DeviceList } from "../../views/machine/device-list.tsx";
import { HealthGrid } from "../../views/machine/health-grid.tsx";
import { KeysList } from "../../views/machine/keys-list.tsx";
import { ProjectList } from "../../views/machine/project-list.tsx";
import { NotFound } from "../../views/notices/blanks.tsx";
import { MenuSheet } from "../../views/shell/menu-sheet.tsx";
import { Bar, Screen } from "../../views/shell/screen.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import { AuditLink } from "../../views/machine/audit-link.tsx";
import type { MachineSheet } from "./machine-sheets.tsx";
import { MachineSheets } from "./machine-sheets.tsx";

/** The machine of this id, or that this browser has none of it. */
export function MachineScreen({ machine }: { machine: MachineId }): ReactNode {
  const [, navigate] = useLocation();
  const view = useApp((app) => app.machines.find((each) => each.machine === machine));
  if (view !== undefined) return <OpenMachine machine={view} />;
  return (
    <Screen header={<Bar title="Machine" back={{ href: PATHS.more, label: "Back" }} />}>
      <NotFound onHome={() => navigate(PATHS.sessions)} />
    </Screen>
  );
}

function OpenMachine({ machine }: { machine: MachineView }): ReactNode {
  const { live } = usePage();
  const waits = useApp((view) => view.waits.length);
  const clock = useClock("second");
  const [sheet, setSheet] = useState<MachineSheet | null>(null);
  const { asked, ask, clear } = useOutcome();
  useTitle(machine.name, waits);
  // A device that was revoked, or lost its keys, can only be paired again: the notice says so.
  const isRefused = machine.refused !== null;
  const isAdmin = machine.scope === "admin" && !isRefused;
  const agents = machine.agents?.agents;
  const projects = machine.projects?.projects;
  const readyCount = agents?.filter((agent) => agent.state === "ready").length ?? 0;
  return (
    <Screen
      header={<MachineBar machine={machine} clock={clock} onMenu={() => setSheet({ name: "menu" })} />}
      notices={
        <>
          <MachineNotices machines={[machine]} />
          <RefusalNotice refusal={asked.status === "refused" ? asked.refusal : null} onClose={clear} />
        </>
      }
    >
      <div className="column">
        <Section name="Health">
          <HealthGrid machine={machine} clock={clock} />
        </Section>
        <Section
          name="Agents"
          {...(agents === undefined ? {} : { count: `${readyCount} of ${agents.length} ready` })}
          action={
            isRefused
              ? undefined
              : {
                  label: asked.status === "busy" ? "Checking" : "Check again",
                  onPress: () => void ask(() => live.probeAgents(machine.machine)),
                }
          }
        >
          {agents === undefined ? <Skeleton words="Nothing received yet" /> : <AgentList agents={agents} />}
        </Section>
        <DevicesSection machine={machine} clock={clock} isAdmin={isAdmin} onSheet={setSheet} />
        <KeysSection
          machine={machine}
          clock={clock}
          onRotate={isAdmin ? () => setSheet({ name: "rotate" }) : undefined}
        />
        <Section
          name="Projects"
          {...(projects === undefined ? {} : { count: projects.length })}
          action={isAdmin ? { label: "Add", onPress: () => setSheet({ name: "add" }) } : undefined}
        >
          {projects === undefined ? (
            <Skeleton words="Nothing received yet" />
          ) : (
            <ProjectList projects={projects} onOpen={(project) => setSheet({ name: "project", root: project.root })} />
          )}
        </Section>
        <AuditLink machine={machine.machine} />
      </div>
      {sheet === null ? null : sheet.name === "menu" ? (
        <MachineMenu machine={machine} onClose={() => setSheet(null)} />
      ) : (
        <MachineSheets sheet={sheet} machine={machine} isAdmin={isAdmin} onClose={() => setSheet(null)} />
      )}
    </Screen>
  );
}

interface DevicesSectionProps {
  readonly machine: MachineView;
  readonly clock: ReturnType<typeof useClock>;
  readonly isAdmin: boolean;
  readonly onSheet: (sheet: MachineSheet) => void;
}

function DevicesSection({ machine, clock, isAdmin, onSheet }: DevicesSectionProps): ReactNode {
  return (
    <Section
      name="Devices"
      count={machine.devices.length}
      action={isAdmin ? { label: "Pair a device", onPress: () => onSheet({ name: "invite" }) } : undefined}
    >
      <DeviceList
        devices={machine.devices}
        held={heldOf(machine)}
        clock={clock}
        isAdmin={isAdmin}
        isRefused={machine.refused !== null}
        onOpen={(device) => onSheet({ name: "rename", device })}
        onRevoke={(device) => onSheet({ name: "revoke", device })}
      />
    </Section>
  );
}

function heldOf({ keys }: MachineView): ReadonlySet<DeviceId> {
  return new Set(keys?.devices.flatMap(({ d, state }) => (state === "held" ? [d] : [])));
}

interface KeysSectionProps {
  readonly machine: MachineView;
  readonly clock: ReturnType<typeof useClock>;
  /** Absent for a device that may not. */
  readonly onRotate: (() => void) | undefined;
}

function KeysSection({ machine: { keys, devices }, clock, onRotate }: KeysSectionProps): ReactNode {
  return (
    <Section
      name="Keys"
      action={onRotate === undefined ? undefined : { label: "Change the keys now", onPress: onRotate }}
    >
      {keys === undefined ? (
        <Skeleton words="Nothing received yet" />
      ) : (
        <KeysList keys={keys} devices={devices} clock={clock} />
      )}
    </Section>
  );
}

interface MachineBarProps {
  readonly machine: MachineView;
  readonly clock: ReturnType<typeof useClock>;
  readonly onMenu: () => void;
}

function MachineBar({ machine, clock, onMenu }: MachineBarProps): ReactNode {
  const { liveness } = machine;
  const proof =
    liveness.status === "live"
      ? [
          `proven ${durationWords(Math.max(0, clock.now - liveness.provenAt))} ago`,
          liveness.roundTripMs === undefined ? "" : `${Math.round(liveness.roundTripMs)} ms away`,
        ]
          .filter((words) => words !== "")
          .join(" · ")
      : "";
  return (
    <Bar
      title={machine.name}
      back={{ href: PATHS.more, label: "Back" }}
      sub={
        <>
          <LiveDot facts={machine} clock={clock} />
          <span>{proof}</span>
        </>
      }
      end={
        <IconButton label="Machine menu" hasMenu onPress={onMenu}>
          <Ellipsis className="icon" aria-hidden />
        </IconButton>
      }
    />
  );
}

function MachineMenu({ machine, onClose }: { machine: MachineView; onClose: () => void }): ReactNode {
  const { live, device } = usePage();
  const [, navigate] = useLocation();
  const reconnect = {
    label: "Reconnect now",
    detail: "Asks the server and the machine at once",
    icon: <RefreshCw className="icon" aria-hidden />,
    onPress: () => live.reconnect(),
  };
  return (
    <MenuSheet
      title={machine.name}
      onClose={onClose}
      items={[
        ...(machine.refused === null ? [reconnect] : []),
        {
          label: `Forget it on this ${device}`,
          detail:
            "Its keys, its cache and what is unsent are erased here. Its sessions run on. Pair again to come back",
          icon: <Unplug className="icon" aria-hidden />,
          onPress: () => void live.forget(machine.machine).then(() => navigate(PATHS.sessions)),
        },
      ]}
    />
  );
}

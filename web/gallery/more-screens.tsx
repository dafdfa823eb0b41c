// The gallery's other screens: machine, start, pairing, states, sheets.
import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../ui/button.tsx";
import { LiveDot } from "../ui/live-dot.tsx";
import { Skeleton } from "../ui/notice.tsx";
import { Section } from "../ui/row.tsx";
import { Composer } from "../views/composer/composer.tsx";
import { OutboxList } from "../views/home/outbox-list.tsx";
import { SessionList } from "../views/home/session-list.tsx";
import { AgentList } from "../views/machine/agent-list.tsx";
import { AuditList } from "../views/machine/audit-list.tsx";
import { AUDIT_ROWS } from "./sample-audit.ts";
import { DeviceList } from "../views/machine/device-list.tsx";
import { HealthGrid } from "../views/machine/health-grid.tsx";
import { InviteSheet } from "../views/machine/invite-sheet.tsx";
import { ProjectList } from "../views/machine/project-list.tsx";
import { AlarmNotice, LivenessNotice, RefusedNotice, UpdateNotice } from "../views/notices/notices.tsx";
import { Bar, Screen, TitleBar } from "../views/shell/screen.tsx";
import { WriterHint } from "../views/start/start-hints.tsx";
import { StartForm } from "../views/start/start-form.tsx";
import { WaitStack } from "../views/waits/wait-stack.tsx";
import { agents, devices, health, projects } from "./sample-machine.ts";
import { NOW, clock, deviceOf, machineOf, machines, sessions, waits } from "./sample-sessions.ts";
import { ignore } from "./screens.tsx";

const live = { status: "live", provenAt: NOW - 3000, roundTripMs: 41 } as const;

/** A machine. */
export function MachineScreen(): ReactNode {
  return (
    <Screen
      header={
        <Bar
          title="studio"
          back={{ href: "#home", label: "Back" }}
          sub={
            <>
              <LiveDot facts={{ liveness: live }} clock={clock} />
              <span>proven 3 s ago · 41 ms away</span>
            </>
          }
          end={
            <IconButton label="Machine menu" hasMenu>
              <Ellipsis className="icon" aria-hidden />
            </IconButton>
          }
        />
      }
    >
      <div className="column">
        <Section name="Health">
          <HealthGrid machine={{ health, clockOffsetMs: 200, liveness: live }} clock={clock} />
        </Section>
        <Section name="Agents" count="3 of 5 ready" action={{ label: "Check again", onPress: ignore }}>
          <AgentList agents={agents} />
        </Section>
        <Section name="Devices" count={devices.length} action={{ label: "Pair a device", onPress: ignore }}>
          <DeviceList devices={devices} held={new Set()} clock={clock} isAdmin onOpen={ignore} onRevoke={ignore} />
        </Section>
        <Section name="Projects" count={projects.length} action={{ label: "Add", onPress: ignore }}>
          <ProjectList projects={projects} onOpen={ignore} />
        </Section>
        <AuditList clock={clock} rows={AUDIT_ROWS} />
      </div>
    </Screen>
  );
}

/** New session. */
export function StartScreen(): ReactNode {
  return (
    <Screen
      scroll="end"
      header={<Bar title="New session" back={{ href: "#home", label: "Close", look: "close" }} />}
      dock={
        <div className="dock" data-line="">
          <Composer
            look="start"
            text="Uploads stall on Safari when the second part is slower than the first. Reproduce it, then propose a fix."
            onText={ignore}
            onSend={ignore}
            queued={0}
            enter="breaks"
            pickers={[
              { name: "Model", options: [{ id: "opus", name: "opus" }], chosen: "opus", onChoose: ignore },
              { name: "Mode", options: [{ id: "plan", name: "plan first" }], chosen: "plan", onChoose: ignore },
            ]}
          />
        </div>
      }
    >
      <StartForm
        clock={clock}
        machines={[{ id: "1", name: "studio" }]}
        machine="1"
        machineFacts={{ liveness: live }}
        projects={[{ id: "1", name: "harbor-web", detail: "~/code/harbor-web" }]}
        project="1"
        branch="main"
        workspaces={[{ id: "w", name: "audit-pages" }]}
        workspace="worktree"
        otherWorkspace={null}
        worktreeName=""
        agents={agents}
        agent="claude"
        hint={<WriterHint branch="main" title="Fix flaky upload test" href="#session" />}
        onMachine={ignore}
        onProject={ignore}
        onWorkspace={ignore}
        onOtherWorkspace={ignore}
        onWorktreeName={ignore}
        onAgent={ignore}
      />
    </Screen>
  );
}

/** Home without a network: everything is from this phone. */
export function OfflineHome(): ReactNode {
  return (
    <Screen
      header={<TitleBar name="Sessions" />}
      notices={
        <LivenessNotice
          machineName="studio"
          liveness={{ status: "offline", confirmedAt: NOW, retryAt: null, attempt: 1 }}
          isOnline={false}
          unsent={2}
          clock={clock}
          device="phone"
          onAsk={ignore}
        />
      }
    >
      <SessionList
        rows={sessions.slice(0, 5)}
        hrefOf={() => "#session"}
        clock={clock}
        isProven={() => false}
        confirmedAt={NOW}
        needsYou={
          <WaitStack waits={waits.slice(0, 1)} clock={clock} hrefOf={() => "#session"} isAway onAnswer={ignore} />
        }
      />
      <OutboxList
        rows={[
          {
            command: { machine: machineOf(1), g: 1, ctr: 1 },
            op: "session.prompt",
            session: null,
            sessionTitle: "Fix flaky upload test",
            label: "and show me the timings",
            at: NOW,
            delivery: "device",
            refusal: null,
          },
          {
            command: { machine: machineOf(1), g: 1, ctr: 2 },
            op: "session.cancel",
            session: null,
            sessionTitle: "Bump Vite to 8",
            label: "Stop",
            at: NOW,
            delivery: "refused",
            refusal: { code: "E_EXPIRED", text: "it was too old when it arrived" },
          },
        ]}
        facts={{ device: "phone", clock }}
        onRetry={ignore}
        onDismiss={ignore}
      />
    </Screen>
  );
}

/** Every line of truth. */
export function NoticesScreen(): ReactNode {
  const shared = { machineName: "studio", isOnline: true, unsent: 2, clock, device: "phone" as const, onAsk: ignore };
  return (
    <Screen header={<TitleBar name="Notices" />}>
      <LivenessNotice {...shared} liveness={{ status: "stale", confirmedAt: NOW - 180_000 }} />
      <LivenessNotice
        {...shared}
        liveness={{ status: "offline", confirmedAt: NOW - 180_000, retryAt: NOW + 4000, attempt: 3 }}
      />
      <AlarmNotice
        machineName="studio"
        device="phone"
        start="npm start"
        clock={clock}
        alarm={{ kind: "withheld", session: null, said: 4812, got: 4790 }}
        action={{ label: "Ask again", onPress: ignore }}
      />
      {sessions.slice(0, 1).map((row) => (
        <AlarmNotice
          key={row.session}
          machineName="studio"
          device="phone"
          start="npm start"
          clock={clock}
          alarm={{ kind: "forked", session: row.session }}
        />
      ))}
      {sessions.slice(0, 1).map((row) => (
        <AlarmNotice
          key={row.session}
          machineName="studio"
          device="phone"
          start="npm start"
          clock={clock}
          alarm={{ kind: "rolled-back", session: row.session }}
        />
      ))}
      {machines
        .slice(2)
        .map((machine) =>
          machine.alarm === null ? null : (
            <AlarmNotice
              key={machine.machine}
              machineName={machine.name}
              device="phone"
              start="npm start"
              clock={clock}
              alarm={machine.alarm}
            />
          ),
        )}
      <RefusedNotice refused="revoked" machineName="studio" thisDevice={deviceOf(1)} onPair={ignore} onAsk={ignore} />
      <RefusedNotice refused="held" machineName="studio" thisDevice={deviceOf(1)} onPair={ignore} onAsk={ignore} />
      <RefusedNotice refused="outdated" machineName="studio" thisDevice={deviceOf(1)} onPair={ignore} onAsk={ignore} />
      <UpdateNotice version="0.9.3" onLater={ignore} onReload={ignore} />
      <Skeleton words="Opening 10,214 messages, newest first" />
    </Screen>
  );
}

/** A sheet over a machine: pairing another device. */
export function InviteScreen(): ReactNode {
  return (
    <>
      <MachineScreen />
      <InviteSheet
        machineName="studio"
        clock={clock}
        state={{
          step: "link",
          url: "https://kelpie.example.workers.dev/#pair=EsS3o0bq9nJQmD1Q2v3h5y7K9m1p3r5t",
          until: NOW + 252_000,
        }}
        onMake={ignore}
        onDigits={ignore}
        onClose={ignore}
      />
    </>
  );
}

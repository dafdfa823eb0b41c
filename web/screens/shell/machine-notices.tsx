import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { PATHS, sessionPath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useClock } from "../../hooks/use-now.ts";
import { usePage } from "../../hooks/page-context.tsx";
import { startCommand } from "../../live/command-line.ts";
import type { Alarm, MachineView } from "../../live/model.ts";
import { AlarmNotice, LivenessNotice, RefusedNotice } from "../../views/notices/notices.tsx";

interface MachineNoticesProps {
  readonly machines: readonly MachineView[];
  /** The conversation's own alarm, when it is not the machine's. */
  readonly alarm?: Alarm | null;
}

/** What puts these machines' truth in doubt; nothing while all is well. The worst fact of each machine alone. */
export function MachineNotices({ machines, alarm = null }: MachineNoticesProps): ReactNode {
  const online = useApp((view) => view.online);
  const [first] = machines;
  // Without a network every machine is silent for the one same reason.
  const shown = online || first === undefined ? machines : [first];
  return shown.map((machine) => <MachineNotice key={machine.machine} machine={machine} own={alarm} online={online} />);
}

interface MachineNoticeProps {
  readonly machine: MachineView;
  /** Of the conversation on screen. */
  readonly own: Alarm | null;
  readonly online: boolean;
}

function MachineNotice({ machine, own, online }: MachineNoticeProps): ReactNode {
  const { live, device } = usePage();
  const [, navigate] = useLocation();
  const outbox = useApp((view) => view.outbox);
  const { liveness } = machine;
  const alarm = own ?? machine.alarm;
  // The machine's worst alarm may be about a conversation that is not the one on screen.
  const about = useApp((view) => {
    if (own !== null || alarm === null || alarm.kind === "relay-absent") return undefined;
    return view.sessions.find((row) => row.machine === machine.machine && row.session === alarm.session);
  });
  const isCounting = liveness.status === "offline" && liveness.retryAt !== null;
  const clock = useClock(isCounting ? "second" : "minute");
  if (machine.refused !== null) {
    return (
      <RefusedNotice
        refused={machine.refused}
        machineName={machine.name}
        thisDevice={machine.thisDevice}
        onPair={() => navigate(PATHS.pair)}
        onAsk={() => live.reconnect()}
      />
    );
  }
  if (alarm !== null && online) {
    const open = about === undefined ? undefined : { label: "Open", onPress: () => navigate(sessionPath(about)) };
    const ways = {
      withheld: { label: "Ask again", onPress: () => live.reconnect() },
      "rolled-back": { label: "Ask again", onPress: () => live.reconnect() },
      forked: { label: "Start another", onPress: () => navigate(PATHS.start) },
      // It comes back by itself once somebody has started it there.
      "relay-absent": undefined,
    } as const;
    return (
      <AlarmNotice
        machineName={machine.name}
        alarm={alarm}
        clock={clock}
        device={device}
        start={startCommand(machine.health?.localWorker ?? true, location.origin)}
        about={about?.title}
        action={open ?? ways[alarm.kind]}
      />
    );
  }
  // The first dial of a start is no news: the chip says "confirming" a moment later.
  if (online && liveness.status === "offline" && liveness.attempt < 2) return null;
  return (
    <LivenessNotice
      machineName={machine.name}
      liveness={liveness}
      isOnline={online}
      unsent={outbox.filter((row) => row.command.machine === machine.machine && row.delivery === "device").length}
      clock={clock}
      device={device}
      onAsk={() => live.reconnect()}
    />
  );
}

import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { PATHS, infoPath, sessionPath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import { SessionHeader } from "../../views/session/session-header.tsx";
import { SessionInfo } from "../../views/session/session-info.tsx";
import { SessionTabs } from "../../views/session/session-tabs.tsx";
import { SideHeader } from "../../views/session/side-header.tsx";
import { Screen } from "../../views/shell/screen.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import { MissingSession } from "./missing-session.tsx";
import { sessionMenu } from "./session-menu.tsx";
import type { SessionScreenProps } from "./session-screen.tsx";

/** A session's facts: a tab of its own, or the third pane beside the conversation. */
export function InfoScreen({ machine, session, look }: SessionScreenProps & { look: "screen" | "side" }): ReactNode {
  const { live } = usePage();
  const [, navigate] = useLocation();
  const { asked, ask, clear } = useOutcome();
  const clock = useClock("minute");
  const row = useApp((view) => view.sessions.find((each) => each.session === session && each.machine === machine));
  const home = useApp((view) => view.machines.find((each) => each.machine === machine));
  if (row === undefined || home === undefined) return look === "side" ? null : <MissingSession machine={home} />;
  const facts = <SessionInfo row={row} clock={clock} isProven={home.liveness.status === "live"} />;
  if (look === "side") {
    return (
      <Screen header={<SideHeader current="Info" tabs={[{ name: "Info", href: infoPath(row) }]} />}>{facts}</Screen>
    );
  }
  return (
    <Screen
      header={
        <SessionHeader
          row={row}
          facts={home}
          clock={clock}
          backHref={PATHS.sessions}
          menu={sessionMenu({ row, live, ask, navigate })}
        />
      }
      notices={
        <>
          <MachineNotices machines={[home]} />
          <RefusalNotice refusal={asked.status === "refused" ? asked.refusal : null} onClose={clear} />
        </>
      }
      dock={
        <SessionTabs
          current="Info"
          tabs={[
            { name: "Chat", href: sessionPath(row) },
            { name: "Info", href: infoPath(row) },
          ]}
        />
      }
    >
      {facts}
    </Screen>
  );
}

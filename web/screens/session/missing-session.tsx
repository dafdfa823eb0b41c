import { useState } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { PATHS } from "../../hooks/route.ts";
import { useClock } from "../../hooks/use-now.ts";
import type { MachineView } from "../../live/model.ts";
import { Skeleton } from "../../ui/notice.tsx";
import { NotFound } from "../../views/notices/blanks.tsx";
import { Bar, Screen } from "../../views/shell/screen.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";

/** How long a live machine may take to name a session that was just started. ms. */
const GIVE_UP_MS = 8000;

/** A session that this browser does not know: perhaps it was started a moment ago, perhaps it never was. */
export function MissingSession({ machine }: { machine: MachineView | undefined }): ReactNode {
  const [, navigate] = useLocation();
  const { now } = useClock("second");
  const [since] = useState(now);
  const isWaiting = machine !== undefined && (now - since < GIVE_UP_MS || machine.liveness.status !== "live");
  return (
    <Screen
      header={<Bar title="Session" back={{ href: PATHS.sessions, label: "Back to sessions" }} />}
      notices={machine === undefined ? null : <MachineNotices machines={[machine]} />}
    >
      {isWaiting ? (
        <Skeleton words={`Asking ${machine.name} for this session`} />
      ) : (
        <NotFound onHome={() => navigate(PATHS.sessions)} />
      )}
    </Screen>
  );
}

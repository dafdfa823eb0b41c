// Pairing on the new device. A link that was opened pairs by itself; without one there is a field to paste it into.
import { useEffect, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { PATHS } from "../../hooks/route.ts";
import { useClock } from "../../hooks/use-now.ts";
import { InstallFirst, PasteLink } from "../../views/pairing/first-run.tsx";
import { PairingScreen } from "../../views/pairing/pairing-screen.tsx";
import { linkProblem } from "./link-problem.ts";

/** From a link to a paired device. */
export function PairScreen(): ReactNode {
  const { live, pairLink, deviceName, install } = usePage();
  const [, navigate] = useLocation();
  const view = useSyncExternalStore(live.pairing.subscribe, live.pairing.get);
  const link = useSyncExternalStore(pairLink.subscribe, pairLink.get);
  const { status } = useSyncExternalStore(install.subscribe, install.get);
  const [error, setError] = useState<string | undefined>(undefined);
  const clock = useClock("second");
  const isPaired = view.step === "paired";
  useEffect(() => {
    if (!isPaired) return;
    // Used up: it would only fail a second time.
    pairLink.forget();
    navigate(PATHS.sessions, { replace: true });
  }, [isPaired, navigate, pairLink]);
  const pair = (next: string): void => {
    const problem = linkProblem(next, location.origin);
    setError(problem ?? undefined);
    if (problem !== null) return;
    pairLink.hold(next);
    live.pair(next, deviceName);
  };
  const startOver = (): void => {
    live.cancelPairing();
    pairLink.forget();
  };
  if (view.step === "idle") {
    // A link in hand and nothing begun: this system wants the app installed first (see open-page.ts).
    if (link !== null && status === "manual") {
      return <InstallFirst link={link} onPairHere={() => live.pair(link, deviceName)} />;
    }
    return <PasteLink error={error} onPair={pair} onBack={() => navigate(PATHS.sessions)} />;
  }
  return (
    <PairingScreen
      view={view}
      clock={clock}
      host={location.host}
      onCancel={startOver}
      onRetry={() => (link === null ? startOver() : live.pair(link, deviceName))}
      onOpenSessions={() => navigate(PATHS.sessions, { replace: true })}
    />
  );
}

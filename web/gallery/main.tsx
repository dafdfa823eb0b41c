// A page for looking: every view with sample props, one screen per address (#home, #session, …). Never in the bundle of
// the app. `?theme=dark` overrides the system's theme.
import { StrictMode, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { failedPairing } from "../live/pairing-words.ts";
import { FirstRun, InsecureAddress, InstallFirst, PasteLink } from "../views/pairing/first-run.tsx";
import { PairConfirm } from "../views/pairing/pair-confirm.tsx";
import { PairingScreen } from "../views/pairing/pairing-screen.tsx";
import { NothingRuns } from "../views/notices/blanks.tsx";
import { NothingWaits } from "../views/waits/nothing-waits.tsx";
import { MoreList } from "../views/more/more-list.tsx";
import { Screen, TitleBar } from "../views/shell/screen.tsx";
import { InviteScreen, MachineScreen, NoticesScreen, OfflineHome, StartScreen } from "./more-screens.tsx";
import { NOW, clock, machineOf, machines } from "./sample-sessions.ts";
import { conversation, events } from "./sample-timeline.ts";
import { Framed, Home, InboxScreen, InfoScreen, SessionScreen, ignore } from "./screens.tsx";

const wide = matchMedia("(min-width: 56.25em)").matches;
const pairing = {
  clock,
  host: "kelpie.example.workers.dev",
  onCancel: ignore,
  onRetry: ignore,
  onOpenSessions: ignore,
};
const machine = machineOf(1);

const SCREENS: Readonly<Record<string, () => ReactNode>> = {
  home: () => <Framed root="Sessions" list={<Home />} />,
  session: () => <Framed root={null} list={<Home isWide />} main={<SessionScreen />} side={<InfoScreen />} />,
  sessionTop: () => <Framed root={null} main={<SessionScreen entries={conversation.slice(0, 6)} hasWait={false} />} />,
  events: () => (
    <Framed
      root={null}
      list={wide ? <Home isWide /> : null}
      main={<SessionScreen entries={events} hasWait={false} />}
    />
  ),
  inbox: () => <Framed root="Inbox" list={wide ? <Home isWide /> : undefined} main={<InboxScreen />} />,
  machine: () => <Framed root={null} list={wide ? <Home isWide /> : undefined} main={<MachineScreen />} />,
  start: () => <Framed root={null} list={wide ? <Home isWide /> : undefined} main={<StartScreen />} />,
  offline: () => <Framed root="Sessions" list={<OfflineHome />} />,
  notices: () => <Framed root="Sessions" list={<NoticesScreen />} />,
  invite: () => <Framed root={null} main={<InviteScreen />} />,
  info: () => <Framed root={null} main={<InfoScreen />} />,
  more: () => (
    <Framed
      root="More"
      main={
        <Screen header={<TitleBar name="More" />}>
          <MoreList machines={machines} machineHref={() => "#machine"} links={[]} clock={clock} onPair={ignore} />
        </Screen>
      }
    />
  ),
  empty: () => (
    <Framed
      root="Sessions"
      list={
        <div className="screen">
          <TitleBar name="Sessions" />
          <NothingRuns machineName="studio" projects={3} ready={["claude", "codex"]} onStart={ignore} />
        </div>
      }
    />
  ),
  emptyInbox: () => <Framed root="Inbox" list={<NothingWaits isSure />} />,
  firstRun: () => <Framed root={null} main={<FirstRun onPaste={ignore} />} />,
  paste: () => (
    <Framed root={null} main={<PasteLink error="This is no pairing link." onPair={ignore} onBack={ignore} />} />
  ),
  insecure: () => <Framed root={null} main={<InsecureAddress host="http://192.168.1.20:4040" />} />,
  install: () => (
    <Framed root={null} main={<InstallFirst link="https://k.example/#p=EsS3o0bq9nJQmD1Q" onPairHere={ignore} />} />
  ),
  confirm: () => (
    <Framed
      root={null}
      main={
        <PairConfirm
          name="Pixel 9"
          onName={ignore}
          host="kelpie.example.workers.dev"
          onPair={ignore}
          onRefuse={ignore}
        />
      }
    />
  ),
  digits: () => (
    <Framed
      root={null}
      main={
        <PairingScreen
          {...pairing}
          view={{ step: "code", code: "407132", machineName: "studio", until: NOW + 90_000 }}
        />
      }
    />
  ),
  paired: () => (
    <Framed
      root={null}
      main={<PairingScreen {...pairing} view={{ step: "paired", machine, machineName: "studio" }} />}
    />
  ),
  failed: () => (
    <Framed
      root={null}
      main={
        <PairingScreen
          {...pairing}
          view={{
            ...failedPairing("E_PAIR_EXPIRED"),
          }}
        />
      }
    />
  ),
};

const subscribe = (listener: () => void): (() => void) => {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
};

function Gallery(): ReactNode {
  const name = useSyncExternalStore(subscribe, () => location.hash.slice(1));
  const screen = SCREENS[name];
  if (screen !== undefined) return screen();
  return (
    <ul>
      {Object.keys(SCREENS).map((each) => (
        <li key={each}>
          <a href={`#${each}`}>{each}</a>
        </li>
      ))}
    </ul>
  );
}

const theme = new URLSearchParams(location.search).get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Gallery />
    </StrictMode>,
  );
}

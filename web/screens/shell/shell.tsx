// The frame around every screen: which panes there are at this width, and which of them the address means.
import { useMemo } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import type { Route } from "../../hooks/route.ts";
import { PATHS, routeOf } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useKeyboardInset } from "../../hooks/use-keyboard-inset.ts";
import { VERY_WIDE, WIDE, useMedia } from "../../hooks/use-media.ts";
import { useTitle } from "../../hooks/use-title.ts";
import { Skeleton } from "../../ui/notice.tsx";
import { NotFound, NothingOpen } from "../../views/notices/blanks.tsx";
import { AppShell } from "../../views/shell/app-shell.tsx";
import type { RootName } from "../../views/shell/main-nav.tsx";
import { MainNav } from "../../views/shell/main-nav.tsx";
import { Screen, TitleBar } from "../../views/shell/screen.tsx";
import { SessionsScreen } from "../sessions/sessions-screen.tsx";
import {
  AuditScreen,
  BoardScreen,
  FirstRun,
  InboxScreen,
  InfoScreen,
  MachineScreen,
  MoreScreen,
  PairScreen,
  SessionScreen,
  StartScreen,
} from "./later-screens.tsx";
import { OverNotices } from "./over-notices.tsx";
import { useScreensLoaded } from "./use-screens-loaded.ts";

const NAMES: Readonly<Record<Route["name"], string>> = {
  sessions: "",
  inbox: "Inbox",
  board: "Board",
  more: "More",
  start: "New session",
  pair: "Pair",
  lost: "Not found",
  machine: "Machine",
  audit: "Audit",
  session: "Session",
};
const ROOTS: Partial<Readonly<Record<Route["name"], RootName>>> = {
  sessions: "Sessions",
  inbox: "Inbox",
  board: "Board",
  more: "More",
};
const HREFS = { Sessions: PATHS.sessions, Inbox: PATHS.inbox, Board: PATHS.board, More: PATHS.more };

interface Panes {
  readonly list?: ReactNode;
  readonly main?: ReactNode;
  readonly side?: ReactNode;
  readonly focus: "list" | "main" | "side";
}

/** The app root with its navigation and the panes of the address. */
export function Shell(): ReactNode {
  const [path, navigate] = useLocation();
  const route = useMemo(() => routeOf(path), [path]);
  const live = useApp((view) => view.live);
  const alarm = useApp((view) => view.alarm);
  const isReady = useApp((view) => view.ready);
  const isPaired = useApp((view) => view.machines.length > 0);
  const waits = useApp((view) => view.waits.length);
  const isWide = useMedia(WIDE);
  const isVeryWide = useMedia(VERY_WIDE);
  useKeyboardInset();
  useScreensLoaded(isReady);
  useTitle(NAMES[route.name], waits);
  const isAlone = !isReady || !isPaired || route.name === "pair";
  const panes = isAlone ? alone(route, isReady, () => navigate(PATHS.pair)) : panesOf(route, isWide, isVeryWide);
  const root = ROOTS[route.name] ?? null;
  return (
    <AppShell
      live={live}
      alarm={alarm}
      isReady={isReady}
      isRoot={root !== null && !isAlone}
      over={<OverNotices />}
      {...panes}
      nav={
        isAlone ? undefined : (
          <MainNav
            current={root ?? (route.name === "session" ? "Sessions" : null)}
            hrefs={HREFS}
            waits={waits}
            onNewSession={() => navigate(PATHS.start)}
          />
        )
      }
    />
  );
}

// Nothing is paired, or it is not known yet: one pane without a navigation.
function alone(route: Route, isReady: boolean, onPaste: () => void): Panes {
  if (route.name === "pair") return { main: <PairScreen />, focus: "main" };
  if (isReady) return { main: <FirstRun onPaste={onPaste} />, focus: "main" };
  const opening = (
    <Screen header={<TitleBar name={ROOTS[route.name] ?? "Sessions"} />}>
      <Skeleton words="Opening what this browser knows" />
    </Screen>
  );
  return { main: opening, focus: "main" };
}

function panesOf(route: Route, isWide: boolean, isVeryWide: boolean): Panes {
  if (route.name === "sessions") {
    return isWide
      ? { list: <SessionsScreen look="pane" />, main: <NothingOpenPane />, focus: "list" }
      : { list: <SessionsScreen look="home" />, focus: "list" };
  }
  const beside = isWide && route.name !== "board" ? { list: <SessionsScreen look="pane" current={route} /> } : {};
  if (route.name === "session") {
    const { machine, session, tab } = route;
    const of = { machine, session };
    const key = `${machine}/${session}`;
    const isInfo = tab === "info" && !isVeryWide;
    return {
      ...beside,
      main: isInfo ? <InfoScreen key={key} {...of} look="screen" /> : <SessionScreen key={key} {...of} />,
      ...(isVeryWide ? { side: <InfoScreen key={key} {...of} look="side" /> } : {}),
      focus: "main",
    };
  }
  return { ...beside, main: <Main route={route} />, focus: "main" };
}

function Main({ route }: { route: Exclude<Route, { name: "session" }> }): ReactNode {
  const [, navigate] = useLocation();
  switch (route.name) {
    case "inbox":
      return <InboxScreen />;
    case "board":
      return <BoardScreen />;
    case "more":
      return <MoreScreen />;
    case "start":
      return <StartScreen />;
    case "machine":
      return <MachineScreen key={route.machine} machine={route.machine} />;
    case "audit":
      return <AuditScreen key={route.machine} machine={route.machine} />;
    case "pair":
      return <PairScreen />;
    case "sessions":
    case "lost":
      return (
        <Screen header={<TitleBar name="Not found" />}>
          <NotFound onHome={() => navigate(PATHS.sessions)} />
        </Screen>
      );
  }
}

function NothingOpenPane(): ReactNode {
  return (
    <div className="wide-only screen">
      <NothingOpen />
    </div>
  );
}

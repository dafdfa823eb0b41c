// Screens that are not needed for the first picture. They are loaded when they are opened, or before that, when somebody
// reaches for them or the page has long been quiet (use-screens-loaded.ts).
import { Suspense, lazy } from "react";
import type { ReactNode } from "react";
import type { Route } from "../../hooks/route.ts";
import { Skeleton } from "../../ui/notice.tsx";

const loadSession = async () => import("../session/session-screen.tsx");
const loadInfo = async () => import("../session/info-screen.tsx");
const loadInbox = async () => import("../inbox/inbox-screen.tsx");
const loadBoard = async () => import("../board/board-screen.tsx");
const loadMore = async () => import("../more/more-screen.tsx");
const loadStart = async () => import("../start/start-screen.tsx");
const loadMachine = async () => import("../machine/machine-screen.tsx");
const loadAudit = async () => import("../machine/audit-screen.tsx");
// What a conversation draws with; there before it is needed, so that nothing changes its height when it comes.
const loadProse = async () => import("../../ui/rich-markdown.tsx");
const loadDiff = async () => import("../../ui/diff-lines.tsx");
const loadPair = async () => import("../pair/pair-screen.tsx");

export const SessionScreen = lazy(async () => ({ default: (await loadSession()).SessionScreen }));
export const InfoScreen = lazy(async () => ({ default: (await loadInfo()).InfoScreen }));
export const InboxScreen = lazy(async () => ({ default: (await loadInbox()).InboxScreen }));
export const BoardScreen = lazy(async () => ({ default: (await loadBoard()).BoardScreen }));
export const MoreScreen = lazy(async () => ({ default: (await loadMore()).MoreScreen }));
export const StartScreen = lazy(async () => ({ default: (await loadStart()).StartScreen }));
export const MachineScreen = lazy(async () => ({ default: (await loadMachine()).MachineScreen }));
export const AuditScreen = lazy(async () => ({ default: (await loadAudit()).AuditScreen }));
export const FirstRun = lazy(async () => ({ default: (await import("../../views/pairing/first-run.tsx")).FirstRun }));
export const PairScreen = lazy(async () => ({ default: (await loadPair()).PairScreen }));

type Load = () => Promise<unknown>;
const CONVERSATION: readonly Load[] = [loadSession, loadProse];
const LOADS: Readonly<Record<Route["name"], readonly Load[]>> = {
  ...{ sessions: [], inbox: [loadInbox], board: [loadBoard], more: [loadMore], start: [loadStart], pair: [loadPair] },
  ...{ lost: [], machine: [loadMachine], audit: [loadAudit], session: CONVERSATION },
};

/** Loads what an address is drawn with, so that opening it waits for nothing. A failure shows when it is opened. */
export function loadRoute(name: Route["name"]): void {
  load(LOADS[name]);
}

/** Loads every screen but pairing, whose turn is over or far away. A failure shows when the screen is opened. */
export function loadScreens(): void {
  load([...CONVERSATION, loadInfo, loadStart, loadInbox, loadMore, loadMachine, loadBoard, loadDiff]);
}

function load(loads: readonly Load[]): void {
  void Promise.allSettled(loads.map(async (each) => each()));
}

/** Words while a screen is on its way. */
export function Later({ children }: { children: ReactNode }): ReactNode {
  return <Suspense fallback={<Skeleton words="Opening the screen" />}>{children}</Suspense>;
}

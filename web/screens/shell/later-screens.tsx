// Screens that are not needed for the first picture. They are loaded when they are opened, or before that, once the first
// screen stands.
import { Suspense, lazy } from "react";
import type { ReactNode } from "react";
import { Skeleton } from "../../ui/notice.tsx";

const loadSession = async () => import("../session/session-screen.tsx");
const loadInfo = async () => import("../session/info-screen.tsx");
const loadInbox = async () => import("../inbox/inbox-screen.tsx");
const loadBoard = async () => import("../board/board-screen.tsx");
const loadMore = async () => import("../more/more-screen.tsx");
const loadStart = async () => import("../start/start-screen.tsx");
const loadMachine = async () => import("../machine/machine-screen.tsx");
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
export const FirstRun = lazy(async () => ({ default: (await import("../../views/pairing/first-run.tsx")).FirstRun }));
export const PairScreen = lazy(async () => ({ default: (await loadPair()).PairScreen }));

/** Loads every screen, so that opening one waits for nothing. A failure shows when the screen is opened. */
export async function loadScreens(): Promise<void> {
  const loads = [loadSession, loadInfo, loadStart, loadInbox, loadMore, loadMachine, loadBoard, loadProse, loadDiff];
  await Promise.allSettled(loads.map(async (load) => load()));
}

/** Words while a screen is on its way. */
export function Later({ children }: { children: ReactNode }): ReactNode {
  return <Suspense fallback={<Skeleton words="Opening the screen" />}>{children}</Suspense>;
}

// Screens that are not needed for the first picture. They are loaded when they are opened, or before that, when somebody
// reaches for them or the page has long been quiet (use-screens-loaded.ts).
import type { ComponentType, ReactNode } from "react";
import type { Route } from "../../hooks/route.ts";
import { loadDiff } from "../../ui/diff.tsx";
import { later, type LaterComponent } from "../../ui/later.tsx";
import { loadMarkdown } from "../../ui/markdown.tsx";
import { Skeleton } from "../../ui/notice.tsx";

const opening = (): ReactNode => <Skeleton words="Opening the screen" />;

function screen<Props extends object>(load: () => Promise<ComponentType<Props>>): LaterComponent<Props> {
  return later(load, opening);
}

export const SessionScreen = screen(async () => (await import("../session/session-screen.tsx")).SessionScreen);
export const InfoScreen = screen(async () => (await import("../session/info-screen.tsx")).InfoScreen);
export const InboxScreen = screen(async () => (await import("../inbox/inbox-screen.tsx")).InboxScreen);
export const BoardScreen = screen(async () => (await import("../board/board-screen.tsx")).BoardScreen);
export const MoreScreen = screen(async () => (await import("../more/more-screen.tsx")).MoreScreen);
export const StartScreen = screen(async () => (await import("../start/start-screen.tsx")).StartScreen);
export const MachineScreen = screen(async () => (await import("../machine/machine-screen.tsx")).MachineScreen);
export const AuditScreen = screen(async () => (await import("../machine/audit-screen.tsx")).AuditScreen);
export const FirstRun = screen(async () => (await import("../../views/pairing/first-run.tsx")).FirstRun);
export const PairScreen = screen(async () => (await import("../pair/pair-screen.tsx")).PairScreen);

type Load = () => Promise<unknown>;
// With what a conversation draws with; there before it is needed, so that nothing changes its height when it comes.
const CONVERSATION: readonly Load[] = [SessionScreen.load, loadMarkdown];
const LOADS: Readonly<Record<Route["name"], readonly Load[]>> = {
  ...{ sessions: [], lost: [], session: CONVERSATION },
  ...{ inbox: [InboxScreen.load], board: [BoardScreen.load], more: [MoreScreen.load], start: [StartScreen.load] },
  ...{ pair: [PairScreen.load], machine: [MachineScreen.load], audit: [AuditScreen.load] },
};

/** Loads what an address is drawn with, so that opening it waits for nothing. A failure shows when it is opened. */
export function loadRoute(name: Route["name"]): void {
  load(LOADS[name]);
}

/** Loads every screen but pairing, whose turn is over or far away. A failure shows when the screen is opened. */
export function loadScreens(): void {
  const screens = [InfoScreen, StartScreen, InboxScreen, MoreScreen, MachineScreen, BoardScreen];
  load([...CONVERSATION, ...screens.map((each) => each.load), loadDiff]);
}

function load(loads: readonly Load[]): void {
  void Promise.allSettled(loads.map(async (each) => each()));
}

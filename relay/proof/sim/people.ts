// What people do with their devices: each wish is a call that a screen makes.
import { OPERATIONS, type SessionId } from "../../../schema/index.ts";
import type { Accepted, CommandKey, WaitView } from "../../../web/live/model.ts";
import type { DeviceHost, Tab } from "./device-host.ts";
import type { WishKind } from "./plan.ts";
import type { Random } from "./random.ts";
import { ROOTS } from "./relay-boot.ts";
import { AGENT } from "./sim-agent.ts";
import type { World } from "./world.ts";

/** Sessions that one tab follows at most. */
const FOLLOWED = 4;

/** A person at one tab of one device. */
interface Seat {
  readonly world: World;
  readonly device: DeviceHost;
  readonly tab: Tab;
  readonly random: Random;
  /** Of this run, unique. */
  readonly words: string;
}

/** Grants the wish as far as there is anything to wish it for. Never rejects for a reason a person would be shown. */
export async function wish(world: World, kind: WishKind, random: Random, index: number): Promise<void> {
  const device = random.pick(world.devices.filter((each) => each.tabs.length > 0 && !each.host.isAsleep()));
  const tab = device === undefined ? undefined : random.pick(device.tabs);
  if (device === undefined || tab === undefined) return;
  const seat: Seat = { world, device, tab, random, words: `words ${index}` };
  await WISH[kind](seat);
}

const WISH: Readonly<Record<WishKind, (seat: Seat) => Promise<void>>> = {
  start: async (seat) => {
    const { tab, world, random, words } = seat;
    const root = random.pick(ROOTS) ?? ROOTS[0];
    const args = OPERATIONS["session.start"].args.parse({ root, agent: AGENT });
    const prompt = random.chance(0.7) ? { prompt: words } : {};
    note(seat, await tab.calls.startSession({ machine: world.machine, root: args.root, agent: AGENT, ...prompt }));
  },
  prompt: async (seat) => {
    const session = await someSession(seat);
    if (session !== null) note(seat, await seat.tab.calls.prompt(seat.world.machine, session, seat.words));
  },
  prompts: async (seat) => {
    const session = await someSession(seat);
    if (session === null) return;
    for (let at = 0; at < 3; at++) {
      note(seat, await seat.tab.calls.prompt(seat.world.machine, session, `${seat.words} / ${at}`));
    }
  },
  edit: (seat) =>
    withPrompt(seat, (session, command) =>
      seat.tab.calls.editPrompt(seat.world.machine, session, command, `${seat.words} edited`),
    ),
  withdraw: (seat) =>
    withPrompt(seat, (session, command) => seat.tab.calls.withdrawPrompt(seat.world.machine, session, command)),
  answer: async (seat) => {
    const wait = seat.random.pick(seat.tab.core.view().waits);
    if (wait !== undefined) await answer(seat, wait);
  },
  "answer-twice": async (seat) => {
    const wait = seat.random.pick(seat.tab.core.view().waits);
    if (wait === undefined) return;
    const tabs = seat.world.devices.flatMap((device) => device.tabs.map((tab) => ({ ...seat, device, tab })));
    await Promise.all(tabs.map((each) => answer(each, wait)));
  },
  cancel: (seat) => onSession(seat, "cancelTurn"),
  stop: (seat) => onSession(seat, "stopSession"),
  resume: (seat) => onSession(seat, "resumeSession"),
  archive: (seat) => onSession(seat, "archiveSession"),
  rename: async ({ tab, world, words }) => {
    const machine = tab.core.machine(world.machine);
    await machine?.wish("device.rename", { name: words }, { session: null, ttlMs: 120_000 });
  },
  revoke: async ({ tab, world, random, device }) => {
    const other = random.pick(world.devices.filter((each) => each !== device));
    const machine = tab.core.machine(world.machine);
    if (other?.d == null || machine === null) return;
    await machine.wish("device.revoke", { d: other.d }, { session: null, ttlMs: 120_000 });
  },
  history: async (seat) => {
    const session = await someSession(seat);
    if (session === null) return;
    const live = seat.tab.core.machine(seat.world.machine)?.live;
    // A machine that is away says so; nobody loses anything.
    await live?.run("history.get", { s: session, from: 1, to: 20 }).catch(() => undefined);
  },
  hide: async ({ tab, world, random }) => {
    tab.core.page({ visible: false, online: true });
    world.schedule.after(random.skewed(1000, 600_000), "page shown", () =>
      tab.core.page({ visible: true, online: true }),
    );
  },
  look: async (seat) => {
    await someSession(seat);
    seat.tab.core.reconnect();
  },
};

function note({ world, words }: Seat, accepted: Accepted): void {
  world.trace.note(accepted.ok ? `${words} is command ${accepted.command.ctr}` : `${words}: ${accepted.refusal.code}`);
}

/** A session that this tab knows, followed from now on. */
async function someSession({ tab, random, world }: Seat): Promise<SessionId | null> {
  const found = random.pick(tab.core.view().sessions)?.session ?? null;
  if (found === null) return null;
  if (!tab.views.has(found) && tab.views.size < FOLLOWED) await tab.core.watch(world.machine, found);
  return found;
}

async function onSession(
  seat: Seat,
  call: "cancelTurn" | "stopSession" | "resumeSession" | "archiveSession",
): Promise<void> {
  const session = await someSession(seat);
  if (session !== null) note(seat, await seat.tab.calls[call](seat.world.machine, session));
}

/** A prompt of this device that may still be in a queue. */
async function withPrompt(
  seat: Seat,
  act: (session: SessionId, command: CommandKey) => Promise<Accepted>,
): Promise<void> {
  const found = seat.random.pick(seat.world.judges.promptsOf(seat.device));
  if (found !== undefined) note(seat, await act(found.session, found.command));
}

async function answer(seat: Seat, wait: WaitView): Promise<void> {
  const option = seat.random.pick(["yes", "no"]) ?? "yes";
  note(seat, await seat.tab.calls.answer(wait, { option }));
}

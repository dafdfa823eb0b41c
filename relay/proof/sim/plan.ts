// What will happen in one run, as data drawn from its seed: how bad things are, what people want, what breaks and when.
// Every entry has an index and draws from a stream of its own, so that a run can be repeated without some of them.
import type { Weather } from "./network.ts";
import type { Random } from "./random.ts";
import type { Temper } from "./sim-agent.ts";

export const WISHES = [
  "start",
  "prompt",
  "prompts",
  "edit",
  "withdraw",
  "answer",
  "answer-twice",
  "cancel",
  "stop",
  "resume",
  "archive",
  "rename",
  "revoke",
  "history",
  "hide",
  "look",
] as const;
export type WishKind = (typeof WISHES)[number];

export const FAULTS = [
  "relay-kill",
  "relay-kill-at-point",
  "relay-disk-full",
  "relay-clock",
  "relay-sleep",
  "relay-offline",
  "hub-crash",
  "hub-hibernate",
  "hub-deploy",
  "hub-alarm",
  "registry-away",
  "device-kill-tab",
  "device-second-tab",
  "device-sleep",
  "device-offline",
  "device-clock",
  "wires-cut",
  "wires-silence",
  "storm",
  "hub-set-back",
  "relay-set-back",
] as const;
/** With what only happens where agents have hosts. */
export type FaultKind = (typeof FAULTS)[number] | "hosts-kill";

/** One thing that happens. */
export type Action =
  | { readonly index: number; readonly at: number; readonly does: "wish"; readonly kind: WishKind }
  | { readonly index: number; readonly at: number; readonly does: "fault"; readonly kind: FaultKind };

export interface Plan {
  readonly devices: number;
  /** Virtual ms in which everything happens; then all faults stop. */
  readonly chaosMs: number;
  readonly weather: Weather;
  readonly temper: Temper;
  /** Agents live in hosts, which outlive their relay. */
  readonly isHosted: boolean;
  readonly actions: readonly Action[];
  /** What the hub may keep; null = as much as the product gives it. */
  readonly hubBytes: number | null;
}

/** Relative frequency of what people want. */
const WISH_WEIGHTS: Readonly<Record<WishKind, number>> = {
  start: 3,
  prompt: 8,
  prompts: 3,
  edit: 3,
  withdraw: 2,
  answer: 6,
  "answer-twice": 4,
  cancel: 1,
  stop: 1,
  resume: 3,
  archive: 0.3,
  rename: 0.5,
  revoke: 0.25,
  history: 1,
  hide: 1,
  look: 1,
};

/** Faults that break a promise of the honest world on purpose; a run has them rarely, and says so. */
const RARE: ReadonlySet<FaultKind> = new Set(["hub-set-back", "relay-set-back"]);

/** Draws a run. */
export function draw(random: Random): Plan {
  const chaosMs = random.skewed(5000, random.chance(0.15) ? 900_000 : 120_000);
  const isRough = random.chance(0.7);
  const often = (probability: number): number => (isRough && random.chance(0.5) ? probability * random.next() : 0);
  const weather: Weather = {
    latencyMs: [1, random.pick([20, 200, 3000]) ?? 20],
    cut: often(0.04),
    silence: often(0.02),
    stall: often(0.04),
  };
  const temper: Temper = {
    stepMs: [10, random.pick([500, 5000, 30_000]) ?? 500],
    ask: random.pick([0.1, 0.3]) ?? 0.1,
    stick: often(0.1),
    die: often(0.1),
    refuse: often(0.2),
    hang: often(0.1),
  };
  const chosen = FAULTS.filter((kind) => random.chance(RARE.has(kind) ? 0.1 : 0.35));
  // Death between two commits finds the most.
  const kinds = chosen.flatMap((kind) => (kind === "relay-kill-at-point" ? [kind, kind, kind] : [kind]));
  const actions: Action[] = [];
  const wishes = random.between(6, 20);
  for (let index = 0; index < wishes; index++) {
    const at = index === 0 ? 0 : random.between(0, chaosMs);
    actions.push({ index, at, does: "wish", kind: index === 0 ? "start" : weighted(random) });
  }
  const faults = kinds.length === 0 || !isRough ? 0 : random.between(1, 12);
  for (let index = wishes; index < wishes + faults; index++) {
    // Trouble likes company: half of it comes right after somebody wanted something.
    const near = random.chance(0.5) ? (random.pick(actions)?.at ?? 0) + random.skewed(1, 3000) : chaosMs;
    const at = Math.min(chaosMs, near < chaosMs ? near : random.between(0, chaosMs));
    actions.push({ index, at, does: "fault", kind: random.pick(kinds) ?? "wires-cut" });
  }
  const isHosted = random.fork("hosts").chance(0.5);
  if (isHosted) actions.push(...deaths(random.fork("deaths"), actions, chaosMs));
  return {
    devices: random.pick([1, 2, 2, 3]) ?? 2,
    chaosMs,
    weather,
    temper,
    isHosted,
    actions,
    hubBytes: scarce(random.fork("budget")),
  };
}

/** What hosts are for: the relay dies while its agents work. Now and then they do not live until the next one. */
function deaths(random: Random, actions: readonly Action[], chaosMs: number): Action[] {
  const faults: Action[] = [];
  const add = (kind: FaultKind, at: number): void => {
    faults.push({ index: actions.length + faults.length, at: Math.min(chaosMs, at), does: "fault", kind });
  };
  for (let left = random.between(1, 4); left > 0; left--) {
    const at = (random.pick(actions)?.at ?? 0) + random.skewed(1, 10_000);
    add("relay-kill-at-point", at);
    if (random.chance(0.3)) add("hosts-kill", at + random.skewed(100, 20_000));
  }
  return faults;
}

/** One run in eight has a hub that holds some dozen records: the tables themselves take 60 KB. */
function scarce(random: Random): number | null {
  return random.chance(1 / 8) ? random.between(64, 96) * 1024 : null;
}

function weighted(random: Random): WishKind {
  const total = WISHES.reduce((sum, kind) => sum + WISH_WEIGHTS[kind], 0);
  let left = random.next() * total;
  for (const kind of WISHES) {
    left -= WISH_WEIGHTS[kind];
    if (left < 0) return kind;
  }
  return "prompt";
}

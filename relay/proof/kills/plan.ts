// Which faults a run injects, in which order: pure, from a seed. Every named place comes first, once each; then chance.
import { FAILPOINTS, type Failpoint } from "../../failpoint.ts";
import { Dice } from "./dice.ts";

/** Processes that are killed from outside. */
export const VICTIMS = ["relay", "worker", "workerd", "host", "agent"] as const;
export type Victim = (typeof VICTIMS)[number];

/** A place and the passing of it that counts. */
export interface Place {
  readonly name: Failpoint;
  readonly nth: number;
}

/** What happens in one life of the product. */
export type Fault =
  /** The process that passes there dies. */
  | { readonly kind: "point"; readonly at: Place }
  /** It stands still there for a while; meanwhile somebody else may die. */
  | { readonly kind: "stop"; readonly at: Place; readonly forMs: number; readonly victim: Victim | null }
  /** Killed from outside, this long after the work began. */
  | { readonly kind: "victim"; readonly victim: Victim; readonly afterMs: number }
  /** Stands still from outside, as in a debugger or a machine that swaps. */
  | { readonly kind: "freeze"; readonly victim: Victim; readonly afterMs: number; readonly forMs: number }
  /** The state folder's disk is full for a while; then the relay is killed, while it still is or after. */
  | { readonly kind: "disk"; readonly afterMs: number; readonly forMs: number; readonly killedFull: boolean }
  /** The relay's wall clock jumps; then it dies at the place. */
  | { readonly kind: "clock"; readonly at: Place; readonly jumpMs: number; readonly afterMs: number }
  /** The phone's network swallows everything, or crawls; then the relay dies at the place. */
  | { readonly kind: "network"; readonly at: Place; readonly how: "cut" | "slow" };

const DAY_MS = 24 * 3_600_000;

/** Passings of places that one life passes often; others count their first or second. */
const OFTEN: Readonly<Partial<Record<Failpoint, number>>> = {
  "db.commit.before": 30,
  "db.commit.after": 30,
  "db.write.before": 40,
  "db.write.after": 40,
  "command.opened": 6,
  "command.accepted": 5,
  "command.got": 5,
  "command.running": 5,
  "command.effect": 5,
  "command.final": 5,
  "command.answered": 5,
  "log.commit.before": 20,
  "log.commit.after": 20,
  "docs.commit.before": 15,
  "docs.commit.after": 15,
  "link.send.before": 25,
  "link.send.after": 25,
  "link.acked": 10,
  "event.taken": 20,
  "hosting.call.before": 4,
  "hosting.call.after": 4,
  "host.log.before": 20,
  "host.log.after": 20,
  "host.send.before": 20,
  "host.send.after": 20,
  "prompt.added": 3,
  "prompt.told": 3,
  "turn.taken": 2,
  "turn.given": 2,
  "turn.told": 2,
};

/** Places met once in a machine's life, which `count` faults on a living one would not meet. */
export const FIRST_START: readonly Failpoint[] = ["up.claimed"];

/** The places of living products. */
export const LIVING: readonly Failpoint[] = FAILPOINTS.filter((name) => !FIRST_START.includes(name));

const LEAVES_A_COMMAND: Fault = { kind: "point", at: { name: "command.running", nth: 2 } };

/** `count` faults; of one kind alone when it is named. */
export function planOf(seed: number, count: number, only?: Fault["kind"]): readonly Fault[] {
  const dice = new Dice(seed);
  if (only !== undefined) return Array.from({ length: count }, () => faultOf(dice, only));
  const plan: Fault[] = [];
  for (const name of dice.shuffled(LIVING)) {
    // What it meets there must have been left by the life before.
    if (name === "recover.commands") plan.push(LEAVES_A_COMMAND);
    plan.push({ kind: "point", at: placeOf(dice, name) });
  }
  // A short run passes that place too.
  plan.unshift(LEAVES_A_COMMAND);
  // The rarer kinds stand early enough to be in a short run too.
  const rare = dice.shuffled(KINDS.filter((kind) => kind !== "point")).map((kind) => faultOf(dice, kind));
  for (const [index, fault] of rare.entries()) plan.splice(3 * index + 1, 0, fault);
  while (plan.length < count) plan.push(faultOf(dice, dice.chance(0.6) ? "point" : dice.pick(KINDS)));
  return plan.slice(0, count);
}

/** Every kind of fault. */
export const KINDS = ["point", "stop", "victim", "freeze", "disk", "clock", "network"] as const;

function faultOf(dice: Dice, kind: Fault["kind"]): Fault {
  const at = placeOf(dice, dice.pick(LIVING));
  switch (kind) {
    case "point":
      return { kind, at };
    case "stop":
      return { kind, at, forMs: dice.between(200, 2_000), victim: dice.chance(0.6) ? dice.pick(VICTIMS) : null };
    case "victim":
      return { kind, victim: dice.pick(VICTIMS), afterMs: dice.between(0, 1_500) };
    case "freeze":
      return { kind, victim: dice.pick(VICTIMS), afterMs: dice.between(0, 800), forMs: dice.between(500, 3_000) };
    case "disk":
      return { kind, afterMs: dice.between(0, 800), forMs: dice.between(300, 2_000), killedFull: dice.chance(0.5) };
    case "clock":
      return { kind, at, jumpMs: dice.pick([-DAY_MS, DAY_MS, -60_000, 600_000]), afterMs: dice.between(500, 2_000) };
    case "network":
      return { kind, at, how: dice.pick(["cut", "slow"]) };
    default:
      return kind satisfies never;
  }
}

function placeOf(dice: Dice, name: Failpoint): Place {
  return { name, nth: dice.between(1, OFTEN[name] ?? 1) };
}

/** In words, for a report. */
export function wordsOf(fault: Fault): string {
  switch (fault.kind) {
    case "point":
      return place(fault.at);
    case "stop":
      return `${place(fault.at)} stopped ${fault.forMs} ms${fault.victim === null ? "" : `, ${fault.victim} killed`}`;
    case "victim":
      return `${fault.victim} killed after ${fault.afterMs} ms`;
    case "freeze":
      return `${fault.victim} stopped after ${fault.afterMs} ms for ${fault.forMs} ms`;
    case "disk":
      return `disk full after ${fault.afterMs} ms for ${fault.forMs} ms${fault.killedFull ? ", killed full" : ""}`;
    case "clock":
      return `clock by ${fault.jumpMs} ms after ${fault.afterMs} ms, ${place(fault.at)}`;
    case "network":
      return `network ${fault.how}, ${place(fault.at)}`;
    default:
      return fault satisfies never;
  }
}

function place({ name, nth }: Place): string {
  return `${name}@${nth}`;
}

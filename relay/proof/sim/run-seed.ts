// One run: everybody paired, then wishes and faults, then peace, then the last judgement.
import { breakSomething, mendEverything } from "./breakage.ts";
import { wish } from "./people.ts";
import { draw, type Action, type Plan } from "./plan.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import { Trace } from "./trace.ts";
import { Violation } from "./violation.ts";
import { World } from "./world.ts";

/** Virtual ms until a dead wire is noticed, a backoff is over and what waited was answered (R6: within 60 s of that). */
const PEACE_MS = 200_000;
const SETTLE_MS = 2000;
const LOOK_EVERY_MS = 5000;
/** A run that takes more events than this does not end. */
const MOST_STEPS = 20_000;

export interface RunOptions {
  readonly seed: number;
  /** Actions to leave out, by index. */
  readonly without?: ReadonlySet<number>;
  readonly print?: (line: string) => void;
}

/** What one run came to. */
export interface RunResult {
  readonly seed: number;
  readonly digest: string;
  readonly steps: number;
  readonly messages: number;
  readonly crashes: number;
  readonly commands: number;
  readonly records: number;
  /** Indices of what happened. */
  readonly actions: readonly number[];
  readonly violation: { readonly invariant: string; readonly what: string; readonly step: number } | null;
}

/** The world that is running in this thread: what rejects unseen is its doing. */
let running: World | null = null;

process.on("unhandledRejection", (error) => running?.thrown(error));
process.on("uncaughtException", (error) => running?.thrown(error));

/** Plays one seed to its end, or to its first violation. */
export async function runSeed({ seed, without = new Set(), print }: RunOptions): Promise<RunResult> {
  const random = new Random(seed, "world");
  const plan = draw(random.fork("plan"));
  const actions = plan.actions.filter(({ index }) => !without.has(index));
  const world = await World.begin(seed, random, new Schedule(), new Trace(print ?? null));
  running = world;
  try {
    await play(world, plan, actions);
  } catch (error) {
    world.thrown(error);
  } finally {
    running = null;
  }
  return resultOf(
    seed,
    world,
    actions.map(({ index }) => index),
  );
}

async function play(world: World, plan: Plan, actions: readonly Action[]): Promise<void> {
  const { schedule } = world;
  world.hub.budgetBytes = plan.hubBytes ?? world.hub.budgetBytes;
  schedule.after(1, "relay starts", () => world.relay.start());
  await world.runUntil(500);
  for (let index = 0; index < plan.devices; index++) await world.pairDevice(`device-${index}`);
  await world.runUntil(schedule.now + SETTLE_MS);
  if (world.violation !== null) return;
  const { random } = world;
  world.network.climate = plan.weather;
  world.relay.temper = plan.temper;
  world.relay.isHosted = plan.isHosted;
  for (const action of actions) {
    const own = random.fork(`action ${action.index}`);
    schedule.at(schedule.now + action.at, action.kind, () => act(world, action, own));
  }
  await world.runUntil(schedule.now + plan.chaosMs);
  checkEnded(world);
  world.attempt(() => mendEverything(world, random.fork("peace")));
  const peaceEnds = schedule.now + PEACE_MS;
  // What has come to rest early has kept its promise early.
  do await world.runUntil(schedule.now + LOOK_EVERY_MS);
  while (schedule.now < peaceEnds && world.violation === null && !(await world.isQuiet()));
  await world.runUntil(schedule.now + LOOK_EVERY_MS);
  checkEnded(world);
  if (world.violation === null) await world.judges.atTheEnd();
}

function act(world: World, action: Action, random: Random): void {
  if (action.does === "fault") breakSomething(world, action.kind, random);
  else wish(world, action.kind, random, action.index).catch((error: unknown) => world.thrown(error));
}

function checkEnded(world: World): void {
  if (world.steps > MOST_STEPS) world.fail(new Violation("R16", `${world.steps} events: somebody never rests`));
}

function resultOf(seed: number, world: World, actions: readonly number[]): RunResult {
  const { violation, trace, steps, network, relay, judges } = world;
  const invariant = violation instanceof Violation ? violation.invariant : "defect";
  const { commands, records } = judges.figures();
  return {
    ...{ seed, digest: trace.digest(), steps, messages: network.messages, crashes: relay.crashes },
    ...{ commands, records, actions },
    violation: violation === null ? null : { invariant, what: wordsOf(violation), step: steps },
  };
}

function wordsOf(violation: unknown): string {
  if (!(violation instanceof Error)) return String(violation);
  const { cause } = violation;
  return cause instanceof Error ? `${violation.message}\n${cause.stack ?? ""}` : violation.message;
}

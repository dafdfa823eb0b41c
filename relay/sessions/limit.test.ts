import { expect, test } from "vitest";
import type { Item, SessionId } from "../../schema/index.ts";
import { LIMIT_RETRIES } from "./session-limits.ts";
import { Bench } from "./test/bench.ts";
import type { ScriptProcess } from "./test/script-agent.ts";
import { ShiftedClock } from "./test/shifted-clock.ts";
import { eventually } from "./test/eventually.ts";

const text = (words: string) => [{ type: "text", text: words }];
const LIMIT_MS = 60_000;

interface Limited {
  readonly bench: Bench;
  readonly clock: ShiftedClock;
  readonly s: SessionId;
  readonly agent: ScriptProcess;
}

async function boot(): Promise<Limited> {
  const clock = new ShiftedClock();
  const bench = await new Bench().boot({ clock });
  return { bench, clock, ...(await bench.started("one")) };
}

/** The vendor refuses the running turn, the way claude tells it: a limit with its end, then the failed turn. */
async function refuse({ bench, clock, s, agent }: Limited, turn = 1): Promise<void> {
  const until = clock.now() + LIMIT_MS;
  agent.wait({ key: `limit-${turn}`, kind: "limit", req: JSON.stringify({ text: "limit reached" }), until });
  await bench.status(s, "waiting");
  agent.prompts[turn - 1]?.end({ stop: "error", error: "limit reached" });
  await eventually(async () => expect(ends(await bench.items(s))).toBe(turn));
  await bench.status(s, "waiting");
}

const ends = (items: readonly Item[]): number => items.filter(({ k }) => k === "turnend").length;

async function limitOver({ bench, s }: Limited): Promise<string> {
  const told = (items: readonly Item[]) => items.flatMap((item) => (item.k === "note" ? [item.text ?? ""] : []));
  return eventually(async () => {
    const [words] = told(await bench.items(s)).filter((note) => note.startsWith("The usage limit is over"));
    if (words === undefined) throw new Error("nothing told yet");
    return words;
  });
}

test("a prompt that a usage limit refused is sent again when the clock says it is over, and the log tells it", async () => {
  const limited = await boot();
  const { bench, clock, s, agent } = limited;
  await refuse(limited);
  expect(bench.head(s)).toMatchObject({ state: "waiting", error: "limit reached" });
  clock.shiftMs += LIMIT_MS / 2;
  expect(agent.prompts).toHaveLength(1);
  clock.shiftMs += LIMIT_MS;
  await eventually(() => expect(agent.prompts[1]?.text).toBe("one"));
  expect(await limitOver(limited)).toBe("The usage limit is over: your message is sent again.");
  agent.prompts[1]?.end();
  await bench.status(s, "idle");
  const kinds = await bench.kinds(s);
  expect(kinds.slice(kinds.indexOf("wait"))).toEqual(["wait", "turnend", "waitdone", "note", "turn", "turnend"]);
  const turns = (await bench.items(s)).flatMap((item) => (item.k === "turn" ? [item] : []));
  expect(turns[1]).toEqual({ k: "turn", t: 2, of: turns[0]?.of });
  expect(bench.head(s).queued).toBe(0);
});

test("a limit whose time came before its failed turn had ended is over all the same: the prompt is sent again", async () => {
  const { bench, clock, s, agent } = await boot();
  const limit = { kind: "limit", req: JSON.stringify({ text: "limit reached" }) } as const;
  agent.wait({ key: "limit-1", ...limit, until: clock.now() - 1 });
  await eventually(async () => expect(await bench.kinds(s)).toContain("waitdone"));
  agent.prompts[0]?.end({ stop: "error", error: "limit reached" });
  await eventually(() => expect(agent.prompts[1]?.text).toBe("one"));
  agent.prompts[1]?.end();
  await bench.status(s, "idle");
  expect(agent.prompts).toHaveLength(2);
});

test("what was queued behind it goes with it, in its order", async () => {
  const limited = await boot();
  const { bench, clock, s, agent } = limited;
  await bench.run("session.prompt", { s, blocks: text("two") });
  await refuse(limited);
  clock.shiftMs += 2 * LIMIT_MS;
  await eventually(() => expect(agent.prompts[1]?.text).toBe("one|two"));
});

test("a person who tries now sends it again at once", async () => {
  const limited = await boot();
  const { bench, s, agent } = limited;
  await refuse(limited);
  const [wait] = bench.head(s).waits;
  if (wait === undefined) throw new Error("no wait");
  await bench.run("wait.answer", { s, wid: wait.wid, digest: wait.digest, answer: {} });
  await eventually(() => expect(agent.prompts[1]?.text).toBe("one"));
});

test("when the person has sent something else meanwhile, only that is sent", async () => {
  const limited = await boot();
  const { bench, clock, s, agent } = limited;
  await refuse(limited);
  await bench.run("session.prompt", { s, blocks: text("something else") });
  await eventually(() => expect(agent.prompts[1]?.text).toBe("something else"));
  agent.withdraw("limit-1");
  agent.prompts[1]?.end();
  await bench.status(s, "idle");
  clock.shiftMs += 2 * LIMIT_MS;
  await bench.run("session.prompt", { s, blocks: text("the end") });
  await eventually(() => expect(agent.prompts.at(-1)?.text).toBe("the end"));
  expect(agent.prompts).toHaveLength(3);
});

test("a turn of which the agent did something is not repeated: the log says that a person goes on", async () => {
  const limited = await boot();
  const { clock, agent } = limited;
  agent.say("I have begun");
  await refuse(limited);
  clock.shiftMs += 2 * LIMIT_MS;
  expect(await limitOver(limited)).toBe("The usage limit is over: send a message to go on.");
  expect(agent.prompts).toHaveLength(1);
});

test("after a Stop nothing is sent by itself", async () => {
  const limited = await boot();
  const { bench, clock, s, agent } = limited;
  await refuse(limited);
  await bench.run("session.cancel", { s });
  clock.shiftMs += 2 * LIMIT_MS;
  await bench.status(s, "idle");
  expect(agent.prompts).toHaveLength(1);
});

test("a limit that is told again and again ends the trying", async () => {
  const limited = await boot();
  const { clock, agent } = limited;
  for (let turn = 1; turn <= LIMIT_RETRIES + 1; turn++) {
    await eventually(() => expect(agent.prompts).toHaveLength(turn));
    await refuse(limited, turn);
    clock.shiftMs += 2 * LIMIT_MS;
  }
  await limited.bench.status(limited.s, "idle");
  expect(agent.prompts).toHaveLength(LIMIT_RETRIES + 1);
});

test("a limit inside a turn, as the demo agent has it, sends nothing twice", async () => {
  const clock = new ShiftedClock();
  const bench = await new Bench().boot({ clock });
  const root = await bench.project();
  const { s } = await bench.run("session.start", { root, agent: "demo", blocks: text("limit 1m") });
  await bench.status(s, "waiting");
  clock.shiftMs += 61_000;
  await bench.status(s, "idle");
  const kinds = await bench.kinds(s);
  expect(kinds.filter((kind) => kind === "turn")).toHaveLength(1);
  expect(kinds).not.toContain("note");
});

import { expect, test } from "vitest";
import { Bench } from "./test/bench.ts";
import { PRUNE_EVERY_MS, TAKEN_PROMPT_MS } from "./session-limits.ts";
import { ShiftedClock } from "./test/shifted-clock.ts";

const text = (words: string) => [{ type: "text", text: words }];

test("prompts out of the queue are forgotten after seven days, but not the newest turn's nor what still waits", async () => {
  const clock = new ShiftedClock();
  const bench = await new Bench().boot({ clock });
  const { s, agent } = await bench.started("one");
  agent.prompts[0]?.end();
  await bench.status(s, "idle");
  await bench.run("session.prompt", { s, blocks: text("two") });
  await bench.status(s, "running");
  const withdrawn = bench.nextRef();
  await bench.run("session.prompt", { s, blocks: text("taken back") }, withdrawn);
  await bench.run("prompt.withdraw", { s, of: withdrawn });
  await bench.run("session.prompt", { s, blocks: text("three") });
  const left = () => bench.db.all("SELECT blocks FROM prompt ORDER BY n").map((row) => String(row["blocks"]));
  clock.shiftMs += TAKEN_PROMPT_MS - PRUNE_EVERY_MS;
  bench.kill();
  await bench.boot();
  expect(left()).toHaveLength(4);
  clock.shiftMs += 2 * PRUNE_EVERY_MS;
  bench.kill();
  await bench.boot();
  expect(left()).toEqual([text("two"), text("three")].map((blocks) => JSON.stringify(blocks)));
});

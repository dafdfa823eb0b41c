import { expect, test } from "vitest";
import { randomId, type DeviceId, type PromptOrigin } from "../../../schema/index.ts";
import { PromptQueue } from "./prompt-queue.ts";

const device = randomId<DeviceId>();
const first: PromptOrigin = [device, 1, 2];
const second: PromptOrigin = [device, 1, 3];
const words = (text: string) => [{ type: "text", text }];
const user = (of: PromptOrigin, text: string) => ({ k: "user", of, prompt: words(text) }) as const;

function queueOf(...prompts: readonly [PromptOrigin, string][]): PromptQueue {
  const queue = new PromptQueue();
  for (const [index, [of, text]] of prompts.entries()) queue.add(user(of, text), index, `${index}`);
  return queue;
}

const shown = (queue: PromptQueue) => queue.queued.map(({ blocks }) => blocks[0]?.text);

test("a prompt that is told again keeps its place and is one bubble with the newest words", () => {
  const queue = queueOf([first, "a"], [second, "b"]);
  queue.change({ k: "unqueued", of: first, why: "edited", prompt: words("c") });
  queue.add(user(first, "c"), 9, "9");
  expect(shown(queue)).toEqual(["c", "b"]);
});

test("two prompts of the desk are two, because the desk names no command", () => {
  const queue = queueOf(["desk", "same"], ["desk", "same"]);
  expect(shown(queue)).toEqual(["same", "same"]);
  expect(queue.take("desk")?.at).toBe(0);
  expect(queue.take("desk")?.at).toBe(1);
});

test("a withdrawn prompt is gone, one that a turn took too, and an unknown one changes nothing", () => {
  const queue = queueOf([first, "a"], [second, "b"]);
  queue.change({ k: "unqueued", of: first, why: "withdrawn" });
  queue.change({ k: "unqueued", of: [device, 1, 9], why: "withdrawn" });
  expect(shown(queue)).toEqual(["b"]);
  expect(queue.take(second)?.blocks).toEqual(words("b"));
  expect(queue.take(second)).toBeNull();
});

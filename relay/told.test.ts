import { expect, it } from "vitest";
import { randomId, type CommandRef, type DeviceId, type PromptBlock } from "../schema/index.ts";
import { Told } from "./told.ts";

const refOf = (ctr: number): CommandRef => [randomId<DeviceId>(), 1, ctr];
const prompt: PromptBlock[] = [{ type: "text", text: "do it" }];

it("R9 a prompt whose turn, or whose withdrawal, was taken back is not told of again; another is", () => {
  const told = new Told();
  const [taken, withdrawn, waits] = [refOf(1), refOf(2), refOf(3)];
  told.learn({ k: "turn", t: 1, of: [taken, "desk"] });
  told.learn({ k: "unqueued", of: withdrawn, why: "withdrawn", prompt });
  told.learn({ k: "unqueued", of: waits, why: "edited", prompt });
  expect(told.says({ k: "user", of: taken, prompt })).toBe(true);
  expect(told.says({ k: "user", of: withdrawn, prompt })).toBe(true);
  expect(told.says({ k: "user", of: waits, prompt })).toBe(false);
  expect(told.says({ k: "user", of: "desk", prompt })).toBe(false);
});

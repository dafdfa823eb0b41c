import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, lp, u32 } from "./bytes.ts";
import { FRAME_BYTES, MESSAGE_BYTES, MESSAGE_FRAMES } from "./limits.ts";
import { packAll, packMessage, unpackMessage } from "./packing.ts";

const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 600 });

test("packing and unpacking keeps every frame in order, whatever their number", () => {
  fc.assert(
    fc.property(frames, (list) => {
      const messages = packAll(list);
      expect(messages.flatMap((message) => unpackMessage(message))).toEqual(list.map((frame) => new Uint8Array(frame)));
      for (const message of messages) expect(unpackMessage(message).length).toBeLessThanOrEqual(MESSAGE_FRAMES);
    }),
    { numRuns: 50 },
  );
});

test("large frames are spread over messages that each keep the limit", () => {
  const large = Array.from({ length: 9 }, () => new Uint8Array(FRAME_BYTES));
  const messages = packAll(large);
  expect(messages.length).toBeGreaterThan(1);
  for (const message of messages) expect(message.length).toBeLessThanOrEqual(MESSAGE_BYTES);
});

test("packMessage is not for what does not fit", () => {
  expect(() => packMessage([])).toThrow(TypeError);
  expect(() => packMessage(Array.from({ length: MESSAGE_FRAMES + 1 }, () => Uint8Array.of(1)))).toThrow(TypeError);
});

describe("a message is refused", () => {
  const one = lp(Uint8Array.of(1));
  test.each([
    ["when it is empty", new Uint8Array(0), "E_FRAME"],
    ["when a length is cut", Uint8Array.of(0, 0, 0), "E_FRAME"],
    ["when a frame is cut", concat(u32(5), Uint8Array.of(1, 2)), "E_FRAME"],
    ["when a frame is empty", u32(0), "E_FRAME"],
    ["when a length lies", concat(u32(0xffff_ffff), Uint8Array.of(1)), "E_SIZE"],
    ["when bytes follow the last frame", concat(one, Uint8Array.of(0)), "E_FRAME"],
    ["when it holds too many frames", concat(...Array.from({ length: MESSAGE_FRAMES + 1 }, () => one)), "E_FRAME"],
    ["when it is too large", new Uint8Array(MESSAGE_BYTES + 1), "E_SIZE"],
  ])("%s", (_name, message, code) => {
    expect(() => unpackMessage(message)).toThrow(expect.objectContaining({ code }));
  });
});

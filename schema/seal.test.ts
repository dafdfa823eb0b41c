import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importSecret } from "./crypto.ts";
import { randomBytes } from "./platform.ts";
import { open, pad, paddedLength, seal, unpad } from "./seal.ts";

const HDR = new Uint8Array(20).fill(3);

describe("padding", () => {
  test.each([
    [0, 256],
    [252, 256],
    [253, 512],
    [65_532, 65_536],
    [65_533, 81_920],
    [81_916, 81_920],
    [81_917, 98_304],
  ])("hides %d bytes of a command in %d", (length, padded) => {
    expect(paddedLength(length, "power")).toBe(padded);
  });

  test.each([
    [0, 128],
    [124, 128],
    [125, 256],
    [65_536, 65_664],
  ])("hides %d bytes of a record in %d", (length, padded) => {
    expect(paddedLength(length, "block")).toBe(padded);
  });

  test("192 KiB of arguments fit one frame", () => {
    expect(paddedLength(192 * 1024, "power") + 71 + 32).toBeLessThanOrEqual(256 * 1024);
  });

  test("is undone for any plaintext", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.constantFrom("power" as const, "block" as const),
        (plaintext, padding) => {
          expect(unpad(pad(plaintext, padding))).toEqual(new Uint8Array(plaintext));
        },
      ),
    );
  });

  test("is refused when it is not zero, when the length lies, when there is no length", () => {
    const padded = pad(Uint8Array.of(1, 2), "block");
    const dirty = padded.slice();
    dirty[100] = 1;
    const lying = padded.slice();
    lying[3] = 200;
    expect([unpad(dirty), unpad(lying), unpad(new Uint8Array(3))]).toEqual([null, null, null]);
  });
});

test("what was sealed opens under the same key, label and header only", async () => {
  const bytes = randomBytes(32);
  const key = await importSecret(bytes.slice());
  const other = await importSecret(randomBytes(32));
  const body = await seal(key, "evt", HDR, Uint8Array.of(1, 2, 3), "block");
  expect(await open(key, "evt", HDR, body)).toEqual(Uint8Array.of(1, 2, 3));
  expect(await open(other, "evt", HDR, body)).toBeNull();
  expect(await open(key, "doc", HDR, body)).toBeNull();
  expect(await open(key, "evt", new Uint8Array(20), body)).toBeNull();
});

test("S2: flipping any single bit of a sealed body or of its header makes it not open", async () => {
  const key = await importSecret(randomBytes(32));
  const body = await seal(key, "cmd", HDR, new TextEncoder().encode("rm -rf"), "power");
  for (let bit = 0; bit < body.length * 8; bit++) {
    const flipped = body.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(await open(key, "cmd", HDR, flipped)).toBeNull();
  }
  for (let bit = 0; bit < HDR.length * 8; bit++) {
    const flipped = HDR.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(await open(key, "cmd", flipped, body)).toBeNull();
  }
});

test("the same plaintext never gives the same bytes twice", async () => {
  const key = await importSecret(randomBytes(32));
  const bodies = await Promise.all(Array.from({ length: 20 }, () => seal(key, "evt", HDR, Uint8Array.of(1), "block")));
  expect(new Set(bodies.map((body) => body.join())).size).toBe(20);
});

test("bytes of a secret are overwritten on import", async () => {
  const bytes = randomBytes(32);
  await importSecret(bytes);
  expect(bytes).toEqual(new Uint8Array(32));
});

import { expect, test } from "vitest";
import { NONCE_AHEAD_MS, NONCE_MS, randomBytes } from "../../schema/index.ts";
import { createNonces } from "./nonce.ts";

const START = 1_800_000_000_000;
const tokenKey = randomBytes(32);
const at = (now: number, key = tokenKey) => createNonces({ tokenKey: key, now: () => now });

test.each([
  ["made at this moment", 0, true],
  ["at the end of its life", NONCE_MS, true],
  ["past it", NONCE_MS + 1, false],
  ["of a server whose clock is a little ahead", -NONCE_AHEAD_MS, true],
  ["of a time to come", -NONCE_AHEAD_MS - 1, false],
])("S17 a nonce %s", async (_, age, isFresh) => {
  expect(await at(START + age).isFresh(await at(START).create())).toBe(isFresh);
});

test("S17 a nonce of another key, or with any one bit flipped, is none of ours", async () => {
  const nonce = await at(START).create();
  expect(await at(START, randomBytes(32)).isFresh(nonce)).toBe(false);
  const bytes = Buffer.from(nonce, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(await at(START).isFresh(flipped.toString("base64url"))).toBe(false);
  }
  for (const garbled of ["", "x", nonce.slice(1), `${nonce}AAAA`]) expect(await at(START).isFresh(garbled)).toBe(false);
});

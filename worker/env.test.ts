import { expect, test } from "vitest";
import { toB64 } from "../schema/index.ts";
import { parseEnv } from "./env.ts";

const secret = toB64(new Uint8Array(32).fill(1));
const APP_ORIGIN = "https://kelpie.example";

test("both secrets make a Worker that can be claimed", () => {
  const config = parseEnv({ APP_ORIGIN, TOKEN_KEY: secret, CLAIM_HASH: secret });
  expect(config).toMatchObject({ appOrigin: APP_ORIGIN });
  expect(config?.tokenKey).toHaveLength(32);
});

test.each([
  ["no secrets", {}],
  ["no claim hash", { TOKEN_KEY: secret }],
  ["no token key", { CLAIM_HASH: secret }],
  ["an empty one", { TOKEN_KEY: secret, CLAIM_HASH: "" }],
  ["a short one", { TOKEN_KEY: secret.slice(0, -4), CLAIM_HASH: secret }],
  ["a garbled one", { TOKEN_KEY: "*".repeat(43), CLAIM_HASH: secret }],
])("%s leaves it unclaimed", (_, secrets) => {
  expect(parseEnv({ APP_ORIGIN, ...secrets })).toBeNull();
});

test("an origin with a path or a slash is a mistake in the set-up", () => {
  expect(() => parseEnv({ APP_ORIGIN: `${APP_ORIGIN}/`, TOKEN_KEY: secret, CLAIM_HASH: secret })).toThrow("APP_ORIGIN");
});

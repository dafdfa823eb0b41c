import { expect, test } from "vitest";
import { generateSigningPair, exportPublic, randomId, type DeviceId, type MachineId } from "../../schema/index.ts";
import { TokenSource } from "./auth.ts";
import type { HttpAnswer } from "./ports.ts";

const answer = (body: unknown): HttpAnswer => ({ status: 200, body: new TextEncoder().encode(JSON.stringify(body)) });

test("R6 a request that the network swallowed does not hold up the next one, and what is under way is shared", async () => {
  let [now, asked, isCut] = [0, 0, true];
  const pair = await generateSigningPair(false);
  const identity = { pair, publicKey: await exportPublic(pair.publicKey), d: randomId<DeviceId>() };
  const platform = {
    ...{
      origin: "https://kelpie.example",
      clock: { wall: () => now, monotonic: () => now, after: () => () => undefined },
    },
    post: (path: string) => {
      asked += 1;
      if (isCut) return new Promise<HttpAnswer>(() => undefined);
      const isNonce = path.endsWith("nonce");
      return Promise.resolve(answer(isNonce ? { nonce: "A".repeat(43), exp: 60_000 } : { token: "t", exp: 60_000 }));
    },
  };
  const tokens = new TokenSource(platform, identity, randomId<MachineId>());
  const swallowed = tokens.get();
  now = 9_999;
  expect(tokens.get()).toBe(swallowed);
  expect(asked).toBe(1);
  [now, isCut] = [10_000, false];
  expect(await tokens.get()).toBe("t");
  expect(asked).toBe(3);
});

import { expect, test } from "vitest";
import { exportPublic, generateSigningPair } from "./crypto.ts";
import { jwkOfPoint, pointOfJwk } from "./jwk.ts";

test("a point becomes a JWK and the same point again", async () => {
  const point = await exportPublic((await generateSigningPair(true)).publicKey);
  const jwk = jwkOfPoint(point);
  expect(jwk).toMatchObject({ kty: "EC", crv: "P-256" });
  expect(pointOfJwk(jwk)).toEqual(point);
});

test.each([
  ["no bytes", new Uint8Array(0)],
  ["a compressed point", new Uint8Array(33).fill(2)],
  ["another form byte", new Uint8Array(65).fill(5)],
  ["one byte too many", new Uint8Array(66).fill(4)],
])("%s is no point", (_, bytes) => {
  expect(() => jwkOfPoint(bytes)).toThrow("E_AUTH");
});

test("a garbled coordinate is refused", () => {
  expect(() => pointOfJwk({ kty: "EC", crv: "P-256", x: "*", y: "AA" })).toThrow("E_AUTH");
});

import { expect, test } from "vitest";
import { audiencesOf, requireOwnOrigin } from "./origin.ts";

const APP = "https://kelpie.example";

test.each([
  ["the app's own address", "https://kelpie.example/v1/x", [APP]],
  ["another https address, which the host routed here", "https://k.workers.dev/v1/x", [APP, "https://k.workers.dev"]],
  ["loopback behind a tunnel", "http://127.0.0.1:8787/v1/x", [APP, "http://127.0.0.1:8787"]],
  ["localhost", "http://localhost:8787/v1/x", [APP, "http://localhost:8787"]],
  ["a name that only the sender chose", "http://evil.example/v1/x", [APP]],
  ["a name that merely starts like loopback", "http://127.0.0.1.evil.example/v1/x", [APP]],
])("a proof sent to %s may name the right origins", (_, url, origins) => {
  expect(audiencesOf(url, APP)).toEqual(origins);
});

test("an absent Origin passes, the app's own passes, every other is refused", () => {
  expect(() => requireOwnOrigin(undefined, APP)).not.toThrow();
  expect(() => requireOwnOrigin(APP, APP)).not.toThrow();
  for (const origin of ["null", "", `${APP}/`, "http://kelpie.example", "https://KELPIE.example"]) {
    expect(() => requireOwnOrigin(origin, APP)).toThrow("E_ORIGIN");
  }
});

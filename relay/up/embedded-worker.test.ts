import { expect, test } from "vitest";
import { asksDigits } from "./embedded-worker.ts";

test.each([
  [{}, false],
  [{ host: "127.0.0.1" }, false],
  [{ host: "::1" }, false],
  [{ host: "0.0.0.0" }, true],
  [{ host: "::" }, true],
  [{ host: "*" }, true],
  [{ host: "192.168.1.7" }, true],
  [{ host: "localhost.example" }, true],
  [{ origin: "https://kelpie.example" }, true],
  [{ host: "127.0.0.1", origin: "http://localhost:1" }, true],
])("S6: pairing with %j asks for digits: %s", (told, asks) => {
  expect(asksDigits(told)).toBe(asks);
});

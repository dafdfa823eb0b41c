import { expect, test } from "vitest";
import type { Delivery } from "../live/model.ts";
import type { DeliveryFacts } from "./delivery-words.ts";
import { deliveryWords, plainReason, reasonWords } from "./delivery-words.ts";

const clock = { now: Date.parse("2026-11-20T12:04:30Z"), zone: "UTC" };

test.each<[Delivery, Partial<DeliveryFacts>, string]>([
  ["device", {}, "on this phone"],
  ["device", { device: "computer" }, "on this computer"],
  ["stored", {}, "stored"],
  ["stored", { machine: "studio", isMachineAway: true }, "stored, studio is not answering"],
  ["machine", {}, "on the machine"],
  ["machine", { ahead: 0 }, "on the machine, next in line"],
  ["machine", { ahead: 2 }, "on the machine, 2 before it"],
  ["agent", { readAt: Date.parse("2026-11-20T12:03:00Z") }, "read by agent 12:03"],
  ["agent", { readAt: Date.parse("2026-11-19T22:14:00Z") }, "read by agent yesterday 22:14"],
  ["agent", {}, "read by agent"],
  ["refused", {}, "refused"],
  [
    "refused",
    { refusal: { code: "E_SCOPE", text: "harbor-web is not trusted" } },
    "refused: harbor-web is not trusted",
  ],
  ["unknown", { machine: "studio" }, "unknown, asking studio"],
  ["unknown", {}, "unknown, asking the machine"],
  ["unknown", { machine: "studio", refusal: { code: "unanswered", next: "Look." } }, "unknown, asking studio"],
  [
    "unknown",
    { machine: "studio", refusal: { code: "indeterminate", next: "The machine stopped while doing this." } },
    "unknown: The machine stopped while doing this.",
  ],
])("%s with %j is said as %s", (delivery, facts, words) => {
  expect(deliveryWords(delivery, { device: "phone", clock, ...facts })).toBe(words);
});

test("a reason keeps the tool's words and adds the next step", () => {
  expect(reasonWords({ code: "E_AGENT", text: "Credit balance is too low.", next: "Top it up." })).toBe(
    "Credit balance is too low. Top it up.",
  );
  expect(reasonWords({ code: "E_EXPIRED" })).toBe("E_EXPIRED");
});

test("a plain reason leaves out a code that says no more than the next step", () => {
  const next = "It was not run.";
  expect(plainReason({ code: "E_EXPIRED", next })).toBe(next);
  expect(plainReason({ code: "E_AGENT", text: "Too low.", next: "Top it up." })).toBe("Too low. Top it up.");
  expect(plainReason({ code: "E_INTERNAL" })).toBe("E_INTERNAL");
});

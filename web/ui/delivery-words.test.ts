import { expect, test } from "vitest";
import type { Delivery } from "./delivery-words.ts";
import { deliveryWords } from "./delivery-words.ts";

const clock = { now: Date.parse("2026-11-20T12:04:30Z"), zone: "UTC" };

test.each<[Delivery, string]>([
  [{ at: "device" }, "on this phone"],
  [{ at: "stored" }, "stored"],
  [{ at: "stored", machine: "studio", isMachineAway: true }, "stored, studio is asleep"],
  [{ at: "machine" }, "on the machine"],
  [{ at: "machine", ahead: 0 }, "on the machine, next in line"],
  [{ at: "machine", ahead: 2 }, "on the machine, 2 before it"],
  [{ at: "agent", readAt: Date.parse("2026-11-20T12:03:00Z") }, "read by agent 12:03"],
  [{ at: "agent", readAt: Date.parse("2026-11-19T22:14:00Z") }, "read by agent yesterday 22:14"],
  [{ at: "agent" }, "read by agent"],
  [{ at: "refused", reason: "harbor-web is not trusted" }, "refused: harbor-web is not trusted"],
  [{ at: "unknown", machine: "studio" }, "unknown, asking studio"],
  [{ at: "unknown" }, "unknown, asking the machine"],
])("%j is said as %s", (delivery, words) => {
  expect(deliveryWords(delivery, "phone", clock)).toBe(words);
});

test("on a desktop the message is on this computer", () => {
  expect(deliveryWords({ at: "device" }, "computer", clock)).toBe("on this computer");
});

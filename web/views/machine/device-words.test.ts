import { expect, test } from "vitest";
import { idFromBytes, type DeviceId } from "../../../schema/index.ts";
import { devices } from "../../gallery/sample-machine.ts";
import { NOW, clock, deviceOf } from "../../gallery/sample-sessions.ts";
import type { DeviceRow } from "../../live/model.ts";
import { confirmCommand, deviceName, whenWords } from "./device-words.ts";

const HOUR_MS = 3_600_000;
const device = (index: number, facts: Partial<DeviceRow> = {}): DeviceRow => ({
  d: deviceOf(index),
  name: "Chrome on Android",
  scope: "operate",
  shell: false,
  created: NOW - HOUR_MS,
  last: NOW - 12_000,
  isThis: false,
  ...facts,
});

test("a device says when it was seen and when it was paired, this one only the latter", () => {
  expect(whenWords(device(1), clock)).toBe("seen 12 s ago, paired 11:04");
  expect(whenWords(device(1, { last: null, created: NOW - 30 * HOUR_MS }), clock)).toBe(
    "never seen, paired yesterday 06:04",
  );
  expect(whenWords(device(1, { created: null }), clock)).toBe("seen 12 s ago");
  expect(whenWords(device(1, { isThis: true }), clock)).toBe("paired 11:04");
  expect(whenWords(device(1, { isThis: true, created: null }), clock)).toBe("now");
});

test("two devices with one name are told apart, a name of its own stays short", () => {
  const twins = [device(1), device(2, { created: NOW - 2 * HOUR_MS }), ...devices.slice(1)];
  expect(twins.map((each) => deviceName(each, twins, clock))).toEqual([
    "Chrome on Android, paired 11:04",
    "Chrome on Android, paired 10:04",
    "Pixel 9",
    "Firefox on air",
  ]);
});

test("the command that confirms a device names it, also when its id begins like an option", () => {
  expect(confirmCommand(deviceOf(3))).toBe(`npm run kelpie devices confirm ${deviceOf(3).slice(0, 8)}`);
  const dashed = idFromBytes<DeviceId>(new Uint8Array(16).fill(0xfb));
  expect(dashed.startsWith("-")).toBe(true);
  expect(confirmCommand(dashed)).toBe(`npm run kelpie -- devices confirm -- ${dashed.slice(0, 8)}`);
});

// What tells one device from another: browsers of one kind come with one name.
import { throughNpm } from "../../live/command-line.ts";
import type { DeviceId } from "../../live/model-schema.ts";
import type { DeviceRow } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { momentWords, timeWords } from "../../ui/time-words.ts";

/** "seen 12 s ago, paired 2 Nov"; of this device only the latter. */
export function whenWords(device: DeviceRow, clock: Clock): string {
  const paired = pairedWords(device, clock);
  if (device.isThis) return paired === "" ? "now" : paired;
  return [seenWords(device, clock), paired].filter((words) => words !== "").join(", ");
}

/** The device in a button's name: of two with one name it says when this one was paired. */
export function deviceName(device: DeviceRow, among: readonly DeviceRow[], clock: Clock): string {
  const isAlone = among.every((each) => each.d === device.d || each.name !== device.name);
  const paired = pairedWords(device, clock);
  return isAlone || paired === "" ? device.name : `${device.name}, ${paired}`;
}

/** What is typed at the machine so that a held device has its power back; an id may begin like an option. */
export function confirmCommand(device: DeviceId): string {
  const start = device.slice(0, 8);
  return throughNpm(`devices confirm ${start.startsWith("-") ? "-- " : ""}${start}`);
}

function pairedWords({ created }: DeviceRow, clock: Clock): string {
  return created === null ? "" : `paired ${momentWords(created, clock)}`;
}

function seenWords({ last }: DeviceRow, clock: Clock): string {
  if (last === null) return "never seen";
  const words = timeWords(last, clock);
  return /(?: s| min)$/u.test(words)
    ? `seen ${words} ago`
    : `seen ${words === "now" ? "now" : momentWords(last, clock)}`;
}

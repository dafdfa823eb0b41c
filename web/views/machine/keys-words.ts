// A machine's keys in plain words: what they are now, what happened to them, what to do.
import type { KeysDoc } from "../../live/model-schema.ts";
import type { DeviceRow } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { momentWords } from "../../ui/time-words.ts";
import { confirmCommand, deviceName } from "./device-words.ts";
import type { DatedEvent } from "./event-list.tsx";

type KeyEvent = KeysDoc["events"][number];

/** One paired device's own keys with the machine. */
export interface DeviceKeysWords {
  readonly key: string;
  readonly name: string;
  readonly words: string;
  /** It waits for somebody at the machine. */
  readonly isHeld: boolean;
  /** What somebody has to do; code in `backticks`. */
  readonly next: string | null;
}

/** One line per device that the document knows. */
export function deviceKeysWords(
  keys: KeysDoc,
  devices: readonly DeviceRow[],
  clock: Clock,
): readonly DeviceKeysWords[] {
  return keys.devices.map(({ d, g, since, state }) => {
    const found = devices.find((device) => device.d === d);
    const name = found === undefined ? `a device (${d.slice(0, 8)})` : deviceName(found, devices, clock);
    switch (state) {
      case "good":
        return {
          key: d,
          name,
          words: `its own keys number ${g}, since ${momentWords(since, clock)}`,
          isHeld: false,
          next: null,
        };
      case "rekey":
        return { key: d, name, words: "gets new keys when it is next opened", isHeld: false, next: null };
      case "held":
        return {
          ...{ key: d, name, words: "held: it can do nothing here", isHeld: true },
          next: `If it is still yours, confirm it at the machine: \`${confirmCommand(d)}\`. If not, revoke it above.`,
        };
    }
  });
}

/** What was restored and what follows from it; null when nothing was. */
export function restoredWords({ restored, devices }: KeysDoc, clock: Clock): string | null {
  if (restored === undefined) return null;
  const why =
    restored.why === "moved"
      ? "Kelpie's folder on this machine was copied or moved"
      : "Kelpie's folder on this machine was set back to an older one, as by a restored backup";
  const taken =
    restored.records === 0
      ? "nothing was lost"
      : `${restored.records} ${restored.records === 1 ? "record" : "records"} came back from the server`;
  const held = devices.filter(({ state }) => state === "held").length;
  const due = devices.filter(({ state }) => state === "rekey").length;
  const next = [
    held === 0 ? "" : ` ${devicesWords(held)} held until confirmed at the machine.`,
    due === 0 ? "" : ` ${devicesWords(due)} yet to get new keys.`,
  ].join("");
  return `${why} (${momentWords(restored.at, clock)}); ${taken}.${next}`;
}

function devicesWords(count: number): string {
  return count === 1 ? "1 device is" : `${count} devices are`;
}

/** What happened, newest first. */
export function keyEventEntries(events: readonly KeyEvent[]): readonly DatedEvent[] {
  return events
    .map((event, index) => ({ key: `${event.at}/${index}`, at: event.at, ...eventWords(event) }))
    .toReversed();
}

function eventWords({ what, name = "a device", epoch }: KeyEvent): Pick<DatedEvent, "who" | "what"> {
  switch (what) {
    case "rotated":
      return {
        who: "The machine",
        what: `changed the keys for everyone${epoch === undefined ? "" : ` (number ${epoch})`}`,
      };
    case "rekeyed":
      return { who: name, what: "changed its own keys" };
    case "revoked":
      return { who: name, what: "was revoked" };
    case "restored":
      return { who: "The machine", what: "went on from an older copy of its state" };
    case "held":
      return { who: name, what: "was held: it must be confirmed at the machine" };
    case "confirmed":
      return { who: name, what: "was confirmed at the machine" };
  }
}

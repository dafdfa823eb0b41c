// Where the scripted app may begin, by the name in `?state=`. Times are near the present of whoever looks.
import type { KeysDoc } from "../../schema/index.ts";
import { keys as sampleKeys, projects } from "../gallery/sample-machine.ts";
import { deviceOf, machineOf, rootOf, sessionOf } from "../gallery/sample-sessions.ts";
import type { Alarm, AppView, AuditCommand, DeviceRow, Liveness, MachineView, TimelineEntry } from "../live/model.ts";
import { SAMPLE_APP } from "./fake-live.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The longest name a machine or a device may have, without a place to break it. */
export const LONG_NAME = "mara-harbour-studio-build-workstation-number-seven-second-floor-".slice(0, 64);

/** A start of the app; `now` is epoch ms. */
export function startOf(name: string, now: number): AppView {
  const silent: Liveness = { status: "stale", confirmedAt: now - 3 * MINUTE_MS };
  switch (name) {
    case "first":
      return { ...SAMPLE_APP, machines: [], sessions: [], waits: [], live: "offline" };
    case "opening":
      return { ...SAMPLE_APP, ready: false };
    case "empty":
      return { ...SAMPLE_APP, machines: SAMPLE_APP.machines.slice(0, 1), sessions: [], waits: [] };
    // The network is there, the one machine is not: what is shown may be old.
    case "silent":
      return only({ liveness: silent }, { live: "stale", waits: [] });
    case "offline": {
      const liveness: Liveness = { status: "offline", confirmedAt: silent.confirmedAt, retryAt: null, attempt: 3 };
      const machines = SAMPLE_APP.machines.map((machine) => ({ ...machine, liveness }));
      return { ...SAMPLE_APP, online: false, live: "offline", machines };
    }
    case "confirming":
      return only({ liveness: { status: "confirming", since: now - 2000 } }, { live: "confirming" });
    case "reconnecting":
      return only(
        { liveness: { status: "offline", confirmedAt: silent.confirmedAt, retryAt: now + 20_000, attempt: 3 } },
        { live: "offline" },
      );
    case "withheld":
    case "forked":
    case "rolled-back":
    case "relay-absent":
      return alarmed(alarmOf(name, now), silent);
    case "held":
    case "outdated":
    case "revoked":
      return only({ refused: name, liveness: silent }, { live: "stale" });
    case "keys":
      return only(machineWithHistory(now), {});
    default:
      return SAMPLE_APP;
  }
}

/** One machine, changed. */
function only(machine: Partial<MachineView>, app: Partial<AppView>): AppView {
  return {
    ...SAMPLE_APP,
    ...app,
    machines: SAMPLE_APP.machines.slice(0, 1).map((each) => ({ ...each, ...machine })),
  };
}

function alarmOf(kind: Alarm["kind"], now: number): Alarm {
  if (kind === "relay-absent") return { kind, since: now - 12 * MINUTE_MS };
  const session = sessionOf(1);
  return kind === "withheld" ? { kind, session, said: 1240, got: 1198 } : { kind, session };
}

function alarmed(alarm: Alarm, silent: Liveness): AppView {
  const isGone = alarm.kind === "relay-absent";
  const live: Liveness = { status: "live", provenAt: Date.now() - 3000, roundTripMs: 41 };
  return only({ alarm, liveness: isGone ? silent : live }, { alarm: alarm.kind, live: isGone ? "stale" : "live" });
}

/** A machine after a bad month: long names, a restore, a device held, one due, one confirmed, one revoked. */
function machineWithHistory(now: number): Partial<MachineView> {
  const device = (index: number, name: string, facts: Partial<DeviceRow> = {}): DeviceRow => ({
    ...{ d: deviceOf(index), name, scope: "operate", shell: false, isThis: false },
    ...{ created: now - index * 9 * DAY_MS, last: now - index * index * 40 * MINUTE_MS },
    ...facts,
  });
  return {
    name: LONG_NAME,
    liveness: { status: "live", provenAt: now - 3000, roundTripMs: 41 },
    devices: [
      device(1, "Chrome on Android", { scope: "admin", isThis: true, last: now }),
      device(2, LONG_NAME),
      device(3, "Firefox on Linux", { scope: "view" }),
      device(4, "Safari on iPhone"),
      device(5, "Safari on iPhone", { last: null }),
    ],
    keys: keysWithHistory(now),
    projects: {
      projects: [
        ...projects,
        {
          root: rootOf(9),
          name: LONG_NAME,
          path: `~/work/clients/${LONG_NAME}/monorepo/packages/checkout/src/payment`,
          git: true,
          trust: "asks",
        },
      ],
    },
  };
}

function keysWithHistory(now: number): KeysDoc {
  const restoredAt = now - 5 * HOUR_MS;
  return {
    ...sampleKeys,
    epoch: 41,
    since: now - 2 * HOUR_MS,
    next: now + 7 * DAY_MS - 2 * HOUR_MS,
    devices: [
      { d: deviceOf(1), g: 3, since: restoredAt, state: "good" },
      { d: deviceOf(2), g: 1, since: now - 18 * DAY_MS, state: "rekey" },
      { d: deviceOf(3), g: 1, since: now - 40 * DAY_MS, state: "held" },
      { d: deviceOf(4), g: 2, since: now - 4 * HOUR_MS, state: "good" },
      { d: deviceOf(5), g: 1, since: now - 45 * DAY_MS, state: "held" },
    ],
    restored: { at: restoredAt, why: "behind", records: 214 },
    events: [
      { at: now - 400 * DAY_MS, what: "rotated", epoch: 1 },
      { at: now - 16 * DAY_MS, what: "rotated", epoch: 38 },
      { at: now - 9 * DAY_MS, what: "rotated", epoch: 39 },
      { at: now - 3 * DAY_MS, what: "revoked", name: LONG_NAME },
      { at: now - 3 * DAY_MS, what: "rotated", epoch: 40 },
      { at: restoredAt, what: "restored" },
      { at: restoredAt, what: "held", name: "Firefox on Linux" },
      { at: restoredAt + 5000, what: "rekeyed", name: "Chrome on Android" },
      { at: now - 4 * HOUR_MS, what: "confirmed", name: "Safari on iPhone" },
      { at: now - 2 * HOUR_MS, what: "rotated", epoch: 41 },
    ],
  };
}

const DEEDS: readonly (readonly [op: string, status: string, code: string | null])[] = [
  ["session.prompt", "done", null],
  ["wait.answer", "rejected", "E_RESOLVED"],
  ["session.start", "done", null],
  ["device.revoke", "rejected", "E_SCOPE"],
  ["session.cancel", "expired", "E_EXPIRED"],
  ["project.trust", "done", null],
  ["session.prompt", "indeterminate", null],
  ["keys.rotate", "done", null],
  ["", "rejected", "E_SCHEMA"],
  ["session.mode", "failed", "E_INTERNAL"],
];

/** A machine's own log of `count` entries up to `now`, oldest first. */
export function auditEntries(count: number, now: number): readonly TimelineEntry[] {
  return Array.from({ length: count }, (_, index): TimelineEntry => {
    const at = now - (count - index) * 37 * MINUTE_MS;
    const key = `audit/${index}`;
    if (index % 17 === 5) return { kind: "note", key, at, code: "epoch.rotated", text: String(index) };
    if (index % 17 === 11) {
      return { kind: "note", key, at, code: "device.held", text: LONG_NAME, device: deviceOf(2) };
    }
    const [op, status, code] = DEEDS[index % DEEDS.length] ?? ["", "done", null];
    const entry: AuditCommand = {
      ...{ kind: "command", key, at, op, status, code },
      by: index % 5 === 4 ? "desk" : deviceOf(1 + (index % 3)),
      session: op.startsWith("session.") || op === "wait.answer" ? sessionOf(1 + (index % 3)) : null,
      device: op === "device.revoke" ? deviceOf(2) : null,
      root: op === "project.trust" ? rootOf(9) : null,
    };
    return entry;
  });
}

/** The machine whose states these are. */
export const MACHINE = machineOf(1);

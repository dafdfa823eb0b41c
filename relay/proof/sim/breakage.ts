// What breaks: each fault is something that happens to real machines, networks and clouds.
import type { DeviceHost } from "./device-host.ts";
import { HEALTHY } from "./registry.ts";
import type { Host } from "./host.ts";
import type { FaultKind } from "./plan.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Clocks are never wrong by more than this: a result is kept for seven days. */
const MOST_WRONG_MS = 2 * DAY_MS;

/** Breaks it now; what is broken for a while mends itself later. */
export function breakSomething(world: World, kind: FaultKind, random: Random): void {
  world.trace.note(`fault ${kind}`);
  FAULT[kind](world, random);
}

const FAULT: Readonly<Record<FaultKind, (world: World, random: Random) => void>> = {
  "relay-kill": ({ relay }) => relay.kill(),
  "relay-kill-at-point": ({ relay }, random) => relay.killAfter(random.skewed(1, 60)),
  "hosts-kill": ({ relay }) => relay.hosts.kill(() => true),
  "relay-disk-full": ({ relay, schedule }, random) => {
    relay.fillDisk(true);
    schedule.after(random.skewed(500, 2 * MINUTE_MS), "disk has room", () => relay.fillDisk(false));
  },
  "relay-clock": ({ relay }, random) => moveClock(relay.host, random),
  "relay-sleep": ({ relay }, random) => relay.host.sleep(random.skewed(5000, 2 * HOUR_MS)),
  "relay-offline": (world, random) => goOffline(world, world.relay.host, random),
  "hub-crash": ({ hub }) => hub.crash(),
  "hub-hibernate": ({ hub, schedule }, random) => {
    // Again and again, between any two events.
    for (let times = random.between(1, 6), delayMs = 1; times > 0; times--, delayMs += random.skewed(1, 5000)) {
      schedule.after(delayMs, "hub sleeps", () => hub.hibernate());
    }
  },
  "hub-deploy": ({ hub }) => hub.deploy(),
  "hub-alarm": ({ hub, schedule }, random) => {
    hub.alarms.lateMs = random.skewed(100, 2 * MINUTE_MS);
    hub.alarms.twice = random.next();
    schedule.after(random.skewed(1000, 10 * MINUTE_MS), "alarms in time", () => {
      hub.alarms.lateMs = 0;
      hub.alarms.twice = 0;
    });
  },
  "registry-away": ({ registry, schedule }, random) => {
    registry.health = { delayMs: [1, random.skewed(100, 30_000)], failure: random.pick([0.3, 1]) ?? 1 };
    schedule.after(random.skewed(1000, 2 * MINUTE_MS), "registry is back", () => (registry.health = HEALTHY));
  },
  "device-kill-tab": (world, random) => {
    const device = someDevice(world, random);
    const tab = random.pick(device?.tabs ?? []);
    if (device === undefined || tab === undefined) return;
    device.killTab(tab);
    world.schedule.after(random.skewed(10, MINUTE_MS), "tab opened", () => {
      if (device.tabs.length === 0) device.openTab().catch((error: unknown) => world.thrown(error));
    });
  },
  "device-second-tab": (world, random) => {
    const device = someDevice(world, random);
    if (device?.tabs.length === 1) device.openTab().catch((error: unknown) => world.thrown(error));
  },
  "device-sleep": (world, random) => someDevice(world, random)?.host.sleep(random.skewed(5000, HOUR_MS)),
  "device-offline": (world, random) => {
    const device = someDevice(world, random);
    if (device === undefined) return;
    goOffline(world, device.host, random, (online) => {
      for (const { core } of device.tabs) core.page({ visible: true, online });
    });
  },
  "device-clock": (world, random) => {
    const device = someDevice(world, random);
    if (device !== undefined) moveClock(device.host, random);
  },
  "wires-cut": (world, random) => world.network.breakWires(someHost(world, random), "cut"),
  "wires-silence": (world, random) => world.network.breakWires(someHost(world, random), "silence"),
  storm: ({ network }, random) =>
    network.storm({ latencyMs: [5, 5000], cut: 0.1, silence: 0.05, stall: 0.1 }, random.skewed(1000, 2 * MINUTE_MS)),
  "hub-set-back": (world, random) => {
    const snapshot = world.hub.snapshot();
    world.schedule.after(random.skewed(1000, 3 * MINUTE_MS), "hub set back", () => {
      world.hub.setBack(snapshot);
      world.judges.hubSetBack();
    });
  },
  "relay-set-back": (world, random) => {
    const snapshot = world.relay.snapshot();
    world.schedule.after(random.skewed(1000, 3 * MINUTE_MS), "relay set back", () => {
      world.relay.setBack(snapshot);
      world.judges.relaySetBack();
    });
  },
};

/** Every fault stops; what is down comes up. */
export function mendEverything(world: World, random: Random): void {
  const { network, registry, relay, hub, devices } = world;
  network.calm();
  registry.health = HEALTHY;
  hub.alarms.lateMs = 0;
  hub.alarms.twice = 0;
  relay.fillDisk(false);
  relay.killAfter(Number.POSITIVE_INFINITY);
  for (const host of [relay.host, ...devices.map((device) => device.host)]) {
    host.isOnline = true;
    host.wake();
  }
  // Sometimes everybody has to find out by himself that his wire is dead.
  if (random.chance(0.7)) network.breakWires(null, "cut");
  relay.start();
  for (const device of devices) {
    if (device.tabs.length === 0) device.openTab().catch((error: unknown) => world.thrown(error));
    for (const { core } of device.tabs) {
      core.page({ visible: true, online: true });
      core.reconnect();
    }
  }
}

function someDevice(world: World, random: Random): DeviceHost | undefined {
  return random.pick(world.devices);
}

function someHost(world: World, random: Random): Host | null {
  return random.pick([world.relay.host, ...world.devices.map((device) => device.host), null]) ?? null;
}

function moveClock(host: Host, random: Random): void {
  const jumpMs = (random.chance(0.5) ? 1 : -1) * random.skewed(1000, DAY_MS);
  host.skewMs = Math.max(-MOST_WRONG_MS, Math.min(MOST_WRONG_MS, host.skewMs + jumpMs));
  host.drift = random.chance(0.3) ? (random.next() - 0.5) / 50 : 0;
}

function goOffline(world: World, host: Host, random: Random, tell: (online: boolean) => void = () => undefined): void {
  host.isOnline = false;
  // Some systems notice, some do not.
  const isNoticed = random.chance(0.5);
  if (isNoticed) tell(false);
  world.schedule.after(random.skewed(1000, 10 * MINUTE_MS), "online again", () => {
    host.isOnline = true;
    if (isNoticed) tell(true);
  });
}

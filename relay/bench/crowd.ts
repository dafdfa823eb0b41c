// Many device sockets on one session: real identities, the app's own link, eight sockets each.
import type { SessionId } from "../../schema/index.ts";
import type { Device } from "../../web/test/device.ts";
import type { Lab } from "./lab.ts";
import { Viewer } from "./viewer.ts";

/** As many as a device may have (schema/limits.ts). */
const SOCKETS_EACH = 8;

export interface Crowd {
  readonly viewers: readonly Viewer[];
  /** Opens viewers of records after `after` until there are `count`, pairing devices as it needs them. */
  grow(count: number, after?: number): Promise<void>;
  close(): void;
}

/** Empty at first. `proves`: each viewer also proves the machine live. */
export function gather(lab: Lab, session: SessionId, { proves = false } = {}): Crowd {
  const devices: Device[] = [];
  const viewers: Viewer[] = [];
  return {
    viewers,
    grow: async (count, after = 0) => {
      while (viewers.length < count) {
        const device = (devices[Math.floor(viewers.length / SOCKETS_EACH)] ??= await paired(lab, devices.length));
        const viewer = new Viewer({ device, machine: lab.machine, session, after, proves });
        viewers.push(viewer);
        await viewer.open();
      }
    },
    close: () => {
      for (const viewer of viewers) viewer.close();
    },
  };
}

/** Lends its identity; itself it is stopped. */
async function paired(lab: Lab, number: number): Promise<Device> {
  const device = await lab.invite(`Bench ${number}`);
  device.stop();
  return device;
}

// One KEYRING: content roots and the list of devices, sealed for one device.
import {
  encodePlain,
  sealFrame,
  toB64,
  type Bytes,
  type KeyringPlain,
  type MachineId,
  type Secret,
} from "../../schema/index.ts";
import type { EpochRow } from "./epoch-table.ts";
import type { Device } from "./ports.ts";

/** What every device's keyring says. */
export function keyringContent(epochs: readonly EpochRow[], devices: readonly Device[], rev: number): KeyringPlain {
  return {
    epochs: epochs.map(({ e, c }): [number, string] => [e, toB64(c)]),
    cur: Math.max(...epochs.map(({ e }) => e)),
    devices: devices
      .filter(({ state }) => state === "active" || state === "held")
      .map(({ d, name, scope, shell, created, last }) => ({ d, name, scope, shell, created, last })),
    rev,
  };
}

/** The frame for one device, under K_res of its generation. */
export function sealKeyring(
  machine: MachineId,
  device: Pick<Device, "d" | "g">,
  res: Secret,
  content: KeyringPlain,
): Promise<Bytes> {
  const header = { m: machine, d: device.d, g: device.g, rev: content.rev, cur: content.cur };
  return sealFrame("KEYRING", header, res, encodePlain("KEYRING", content));
}

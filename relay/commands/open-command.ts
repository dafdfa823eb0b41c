// Authenticating a command: only what opens under the key of a trusted device is looked at any further.
import {
  AppError,
  commandPlain,
  decodePlain,
  hashOf,
  isFrame,
  openFrame,
  parseFrame,
  type Bytes,
  type CommandPlain,
  type Frame,
  type Hash,
  type MachineId,
} from "../../schema/index.ts";
import type { Device, Devices } from "../trust/ports.ts";
import type { CommandKey } from "./command-table.ts";

/** A command that opened, from a device that is trusted. */
export interface Opened {
  readonly key: CommandKey;
  readonly frame: Frame<"CMD">;
  readonly hash: Hash;
  readonly plain: CommandPlain | null;
  readonly device: Device;
}

/** The CMD frame of these bytes when it is for this machine and from a device it knows; null otherwise. */
export function commandFrame(bytes: Bytes, machine: MachineId, devices: Devices): Frame<"CMD"> | null {
  try {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "CMD") || frame.header.m !== machine) return null;
    const device = devices.get(frame.header.d);
    return device === null || device.state === "revoked" ? null : frame;
  } catch (error) {
    if (error instanceof AppError) return null; // garbled bytes from outside are dropped, not answered
    throw error;
  }
}

/**
 * Opens a command under the key of its device; null (a silent drop) when it does not open, or the device is not trusted.
 * A pending device is heard with device.hello only, which makes it active.
 */
export async function openCommand(frame: Frame<"CMD">, devices: Devices): Promise<Opened | null> {
  const { d, g, ctr } = frame.header;
  const keys = await devices.keys(d, g);
  if (keys === null) return null;
  const plaintext = await openFrame(frame, keys.cmd);
  if (plaintext === null) return null;
  const plain = plainOf(plaintext);
  if (devices.get(d)?.state === "pending") {
    if (plain?.op !== "device.hello") return null;
    await devices.activate(d);
  }
  // The first command under the agreed next root: from here on the root before it is gone.
  if (devices.get(d)?.g === g - 1) await devices.advance(d, g);
  const hash = await hashOf(frame.bytes);
  // Looked at again after the last await: a revoke may have been committed meanwhile.
  const device = devices.get(d);
  if (device === null || device.g !== g || (device.state !== "active" && device.state !== "held")) return null;
  devices.seen(d);
  return { key: { d, g, ctr }, frame, hash, plain, device };
}

function plainOf(plaintext: Bytes): CommandPlain | null {
  try {
    return decodePlain("CMD", plaintext, commandPlain);
  } catch (error) {
    if (error instanceof AppError) return null; // sealed by a trusted device, but no command: E_SCHEMA, later
    throw error;
  }
}

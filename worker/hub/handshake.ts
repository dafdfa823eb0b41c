// The proof inside the channel: hello, auth, ready (protocol section 4). Before `ready` every other message closes.
import {
  AppError,
  channelMessage,
  CLOSE,
  deviceToHub,
  fromB64,
  importVerifyKey,
  packMessage,
  parseControl,
  PROTOCOL_VERSION,
  randomBytes,
  relayToHub,
  toB64,
  verify,
} from "../../schema/index.ts";
import type { Connection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";
import { newDevice, newRelay, type GreetedState, type Opening } from "./socket-state.ts";

const NONCE_BYTES = 32;
const CONN_BYTES = 16;

/** The state of a socket that has just been accepted. */
export function greetedState(opening: Opening, now: number): GreetedState {
  const nonce = toB64(randomBytes(NONCE_BYTES));
  return { phase: "greeted", opening, nonce, conn: toB64(randomBytes(CONN_BYTES)), since: now };
}

/** Says hello. */
export function greet(connection: Connection, { nonce, conn, since }: GreetedState): void {
  connection.say({ t: "hello", v: PROTOCOL_VERSION, nonce, conn, time: since });
}

/** Judges what a greeted socket says. True once it is proven; E_AUTH for anything but a valid `auth`. */
export async function prove(parts: HubParts, connection: Connection, text: string): Promise<boolean> {
  const { state } = connection;
  if (state.phase !== "greeted") throw new AppError("E_AUTH", { reason: "impatient" });
  const { opening, nonce, conn } = state;
  const message = parseAuth(text, opening.role);
  // Set before the first await: a second message meanwhile is one before `ready`.
  parts.connections.become(connection, { ...state, phase: "proving" });
  connection.save();
  const key = await importVerifyKey(fromB64(opening.key) ?? new Uint8Array(0));
  const { m, origin, role, kid } = opening;
  const signed = channelMessage({ nonce, conn, machine: m, origin, role });
  const isProven = message.kid === kid && (await verify(key, "ws", signed, fromB64(message.sig) ?? new Uint8Array(0)));
  if (connection.state.phase !== "proving") return false;
  if (!isProven) throw new AppError("E_AUTH", { reason: "bad proof" });
  return true;
}

function parseAuth(text: string, role: Opening["role"]) {
  try {
    const message = parseControl(text, role === "relay" ? relayToHub : deviceToHub);
    if (message.t === "auth") return message;
  } catch (cause) {
    throw new AppError("E_AUTH", { reason: "no proof" }, { cause });
  }
  throw new AppError("E_AUTH", { reason: "no proof" });
}

/** Makes a proven socket the machine's relay. An older one is fenced off first, before anything is read for the new. */
export function admitRelay(parts: HubParts, connection: Connection, opening: Opening): void {
  const { connections, now } = parts;
  const older = connections.relay();
  if (older !== null) connections.end(older, CLOSE.replaced);
  connections.become(connection, newRelay(opening, now()));
  connection.say({ t: "ready", role: "relay", relay: "on" });
  parts.meta.setActiveAt(now());
  if (older === null) tellPresence(parts, "on");
}

/** Makes a proven socket a device's, and gives it its keyring. */
export function admitDevice(parts: HubParts, connection: Connection, opening: Opening & { role: "device" }): void {
  const { connections, keyrings, now } = parts;
  const state = newDevice(opening.m, opening.kid, now());
  connections.become(connection, state);
  connection.say({ t: "ready", role: "device", relay: connections.relay() === null ? "off" : "on" });
  const ring = keyrings.of(opening.kid);
  if (ring === null) return;
  const message = packMessage([ring]);
  state.sent += message.length;
  connection.send(message);
}

/** Devices hear whether the relay is there. A hint: only a beacon proves it. */
export function tellPresence({ connections }: HubParts, relay: "on" | "off"): void {
  for (const device of connections.devices()) device.say({ t: "ready", role: "device", relay });
}

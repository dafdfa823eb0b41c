// What the network and the Worker can send: frames, packed messages, control messages.
import {
  type Bytes,
  CONTROL_BYTES,
  deviceToHub,
  FRAME_BYTES,
  fromB64,
  fromUtf8,
  hubToDevice,
  hubToRelay,
  type DeviceId,
  importSecret,
  lp,
  type MachineId,
  MESSAGE_BYTES,
  openFrame,
  packMessage,
  parseControl,
  parseFrame,
  relayToHub,
  type SealedName,
  unpackMessage,
  unpad,
  verifyFrame,
  importVerifyKey,
  type AnyFrame,
  z,
} from "../../../../schema/index.ts";
import { sortFrames } from "../../../../web/live/frame-sorter.ts";
import { Connection } from "../../../../worker/hub/connections.ts";
import { parseDeviceMessage } from "../../../../worker/hub/device-frames.ts";
import { parseRelayMessage } from "../../../../worker/hub/relay-frames.ts";
import { newDevice, newRelay } from "../../../../worker/hub/socket-state.ts";
import { controlTexts, frameVectors, readVector } from "../fixtures.ts";
import { bytesOf, type FuzzTarget, textTarget } from "../target.ts";

const frames = (): readonly Bytes[] => frameVectors().map(({ frame }) => frame);
const identities = z.object({ machine: z.string(), device: z.string(), ri: z.string() });

function messages(): readonly Bytes[] {
  const all = frames();
  return [packMessage(all), packMessage(all.slice(0, 1)), ...all.map((frame) => packMessage([frame, frame]))];
}

function control(name: string, direction: z.ZodMiniType): FuzzTarget {
  return textTarget({
    name: `control-${name}`,
    claim: `control messages, ${name}`,
    maxBytes: CONTROL_BYTES + 1,
    corpus: () => controlTexts(name),
    tokens: ['"t":', ...controlTexts(name).map((text) => text.slice(0, 16))],
    read: (text) => parseControl(text, direction),
  });
}

/** A hub's socket that nobody listens on. */
const NO_SOCKET = {
  readyState: 1,
  send: (): void => undefined,
  close: (): void => undefined,
  serializeAttachment: (): void => undefined,
  deserializeAttachment: (): null => null,
};

/** The frames of golden vectors with the key they open under. */
const KEYS = new Map(frameVectors().map(({ frame, key }) => [frame[1], importSecret(key.slice())]));

function isSealed(frame: AnyFrame): frame is Extract<AnyFrame, { name: SealedName }> {
  return frame.name !== "HOOK";
}

async function openSealed(bytes: Bytes): Promise<void> {
  const frame = parseFrame(bytes);
  const key = KEYS.get(bytes[1]);
  if (!isSealed(frame) || key === undefined) return;
  await openFrame(frame, await key);
  if (frame.name === "EVT" || frame.name === "DOC" || frame.name === "BEACON" || frame.name === "LIVE") {
    await verifyFrame(frame, await verifyKey());
  }
}

let imported: ReturnType<typeof importVerifyKey> | undefined;
function verifyKey(): ReturnType<typeof importVerifyKey> {
  imported ??= importVerifyKey(fromB64(identities.parse(readVector("identities.json")).ri) ?? new Uint8Array(0));
  return imported;
}

function ownIds(): { machine: MachineId; device: DeviceId } {
  const { machine, device } = identities.parse(readVector("identities.json"));
  return { machine: machine as MachineId, device: device as DeviceId };
}

const { machine, device } = ownIds();
const relaySocket = new Connection(NO_SOCKET, {
  ...newRelay({ role: "relay", m: machine, kid: machine, key: "", origin: "", grantsRev: 0 }, 0),
});
const deviceSocket = new Connection(NO_SOCKET, { ...newDevice(machine, device, 0) });

/** Parsers of what comes over the wire. */
export const WIRE_TARGETS: readonly FuzzTarget[] = [
  {
    name: "frame",
    claim: "frames of every type",
    maxBytes: FRAME_BYTES + 1,
    corpus: frames,
    run: (input) => void parseFrame(input),
  },
  {
    name: "message",
    claim: "packed messages and the frames in them",
    maxBytes: MESSAGE_BYTES + 1,
    corpus: messages,
    run: (input) => unpackMessage(input).forEach(parseFrame),
  },
  {
    name: "relay-message",
    claim: "what a relay sends its hub",
    maxBytes: MESSAGE_BYTES + 1,
    corpus: messages,
    run: (input) => void parseRelayMessage(relaySocket, input),
  },
  {
    name: "device-message",
    claim: "what a device sends the hub",
    maxBytes: MESSAGE_BYTES + 1,
    corpus: () =>
      frameVectors()
        .filter(({ name }) => name === "CMD")
        .map(({ frame }) => packMessage([frame])),
    run: (input) => void parseDeviceMessage(deviceSocket, input),
  },
  {
    name: "sorted-frames",
    claim: "what the hub sends a device",
    maxBytes: MESSAGE_BYTES + 1,
    corpus: messages,
    run: (input) => void sortFrames([input]),
  },
  {
    name: "sealed-frame",
    claim: "frames opened and their signatures checked",
    maxBytes: 4_096,
    corpus: frames,
    run: openSealed,
  },
  {
    name: "padding",
    claim: "padding of opened frames",
    maxBytes: FRAME_BYTES,
    corpus: () => [lp(bytesOf("{}")), new Uint8Array(256), Uint8Array.of(0, 0, 0, 1, 7, 0, 0)],
    run: (input) => void unpad(input),
  },
  textTarget({
    name: "base64url",
    claim: "base64url of ids, keys and signatures",
    maxBytes: FRAME_BYTES,
    corpus: () => [machine, device, "AQ", "AQI", "AQID", "_-_-"],
    read: (text) => fromB64(text),
  }),
  {
    name: "utf8",
    claim: "UTF-8 of texts",
    maxBytes: MESSAGE_BYTES,
    corpus: () => [bytesOf("é€😀"), Uint8Array.of(0xed, 0xa0, 0x80)],
    run: (input) => void fromUtf8(input),
  },
  control("relayToHub", relayToHub),
  control("deviceToHub", deviceToHub),
  control("hubToRelay", hubToRelay),
  control("hubToDevice", hubToDevice),
];

import { beforeAll, expect, test } from "vitest";
import {
  encodeHeader,
  joinFrame,
  LIVE_WINDOW_BYTES,
  parseFrame,
  randomBytes,
  randomId,
  toB64,
  unpackMessage,
  type BootId,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import { inside, newDevicePeer, newRelayPeer, type MemorySocket, type Peer } from "../test/world.ts";

let relay: Peer;
beforeAll(async () => void (relay = await newRelayPeer()));

const boot = randomId<BootId>();
const live = (session: SessionId, chan: number, n: number, bytes = 100): Bytes =>
  joinFrame(
    encodeHeader("LIVE", { m: relay.opening.m, session, epoch: 1, boot, chan, n }),
    new Uint8Array(bytes),
    new Uint8Array(64),
  );
const subscription = (channels: readonly (readonly [SessionId, number])[]) => ({
  ...{ t: "sub", subs: [], docs: 0, live: channels, nonce: toB64(randomBytes(16)) },
});

/** Channel and number of every live frame that came. */
function heard({ binary }: MemorySocket): string[] {
  return binary.flatMap((message) =>
    unpackMessage(new Uint8Array(message)).flatMap((bytes) => {
      const frame = parseFrame(bytes);
      return frame.name === "LIVE" ? [`${frame.header.chan}:${frame.header.n}`] : [];
    }),
  );
}

test("live frames reach the sockets that name their channel, and no other", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const device = await newDevicePeer(relay.opening.m);
    const [one, two, none] = [await world.connect(device), await world.connect(device), await world.connect(device)];
    const [s, other] = [randomId<SessionId>(), randomId<SessionId>()];
    await world.say(one, subscription([[s, 1]]));
    await world.say(two, subscription([[s, 2]]));
    await world.send(uplink, live(s, 1, 1), live(s, 2, 1), live(other, 1, 1));
    expect([heard(one), heard(two), heard(none)]).toEqual([["1:1"], ["2:1"], []]);
    await world.say(one, subscription([]));
    await world.send(uplink, live(s, 1, 2));
    expect(heard(one)).toEqual(["1:1"]);
  }));

test("live frames beyond the window are dropped, and flow again once the device has caught up", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(await newDevicePeer(relay.opening.m));
    const s = randomId<SessionId>();
    await world.say(phone, subscription([[s, 1]]));
    const size = 32 * 1024;
    const count = (2 * LIVE_WINDOW_BYTES) / size;
    for (let n = 1; n <= count; n++) await world.send(uplink, live(s, 1, n, size));
    expect(heard(phone)).toHaveLength(LIVE_WINDOW_BYTES / size);
    await world.say(phone, { t: "got", bytes: phone.binary.reduce((sum, { length }) => sum + length, 0) });
    await world.send(uplink, live(s, 1, count + 1, size));
    expect(heard(phone).at(-1)).toBe(`1:${count + 1}`);
  }));

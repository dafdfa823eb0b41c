// Frames altered in flight: bits turned over (S2), and parts of true frames put together anew (S3).
import { expect, test } from "vitest";
import { BEACON_MS, type AnyFrame, type FrameName } from "../../../schema/index.ts";
import { until } from "../../house/product.ts";
import { droppedBy } from "../../../web/test/device-world.ts";
import { shown, stageForFile, type Phone } from "./stage.ts";
import { bitFlips, pairs, splices } from "./splices.ts";
import { frameSaid } from "./wire.ts";

const stage = stageForFile();

/** What a device is sent, by kind. */
const TO_DEVICES = ["EVT", "DOC", "KEYRING", "BEACON", "RES"] as const;

/** Every frame of one kind that passed on the sockets of one device. */
function framesOn(d: string, name: FrameName): AnyFrame[] {
  return stage.worker.captured.flatMap(({ said, line }) =>
    said.kind === "frame" && said.frame.name === name && line.kid === d ? [said.frame] : [],
  );
}

/** Says all of them to the device and waits until it has dropped each: nothing else has changed then. */
async function expectDropped(
  { device, d }: Phone,
  session: Parameters<typeof shown>[1],
  frames: readonly Uint8Array[],
) {
  const [before, dropped] = [shown(device, session), droppedBy(device)];
  const line = stage.worker.lineOf(d);
  for (let at = 0; at < frames.length; at += 64) line.toPeer(...frames.slice(at, at + 64).map(frameSaid));
  await until(`${frames.length} drops`, () => droppedBy(device) - dropped >= frames.length);
  expect(droppedBy(device) - dropped).toBe(frames.length);
  expect(shown(device, session)).toBe(before);
}

/** The nonce that this device asked with last. */
function nonceOf(d: string): string | undefined {
  const asked = stage.worker.captured.flatMap(({ said, line }) =>
    said.kind === "text" && line.kid === d ? (/"nonce":"([\w-]{22})"/.exec(said.text)?.[1] ?? []) : [],
  );
  return asked.at(-1);
}

/** One that the device has had is dropped for its number alone, and one that echoes neither of its last two nonces for that. */
async function newBeacon({ d }: Phone): Promise<void> {
  const { worker, machine } = stage;
  const isTold = ({ said }: (typeof worker.captured)[number]): boolean =>
    said.kind === "text" && said.text.startsWith('{"t":"watch"') && said.text.includes(nonceOf(d) ?? "no nonce");
  await until("a watch with its nonce", () => worker.captured.some(isTold));
  const beacons = worker.frames("hub>device", "BEACON").length;
  machine.clock.skip(BEACON_MS);
  await until("a new beacon", () => worker.frames("hub>device", "BEACON").length > beacons);
}

test("S2 one bit turned over in flight, of any kind of frame, leaves its receiver as it was", async () => {
  const { worker, machine } = stage;
  const phone = await stage.phone();
  const session = await stage.session(phone);
  // Held back, so that the true ones would have an effect.
  worker.strategy = {
    name: "keeps what devices are sent",
    onMessage: (direction, said) =>
      said.kind === "frame" && direction !== "relay>hub" && said.frame.name !== "PAIR2" ? [] : [said],
  };
  const from = TO_DEVICES.map((name) => worker.frames("hub>device", name).length);
  const said = worker.frames("device>hub", "CMD").length;
  await phone.device.prompt(session, "not yet");
  await until("the prompt's frame", () => worker.frames("device>hub", "CMD").length > said);
  const command = worker.frames("device>hub", "CMD").at(-1);
  if (command === undefined) throw new Error("no command");
  const effects = machine.effects();
  await machine.receive([...bitFlips(command)]);
  expect(machine.effects()).toEqual(effects);
  await machine.receive([command.bytes]);
  await until("its records", () => worker.frames("hub>device", "EVT").length > (from[0] ?? 0));
  for (const [index, name] of TO_DEVICES.entries()) {
    if (name === "BEACON") await newBeacon(phone);
    // Of keyrings there may be no new one.
    const frame = worker.frames("hub>device", name).slice(from[index]).at(-1) ?? framesOn(phone.d, name).at(-1);
    if (frame === undefined) throw new Error(`no ${name} was captured`);
    await expectDropped(phone, session, [...bitFlips(frame)]);
  }
});

test("S3 parts of captured frames put together anew, of two machines, devices and sessions, are refused", async () => {
  const { machine } = stage;
  const other = await stage.further();
  const [mine, sister, foreign] = [await stage.phone(), await stage.phone(), await stage.phone(other)];
  const session = await stage.session(mine);
  await stage.session(sister);
  await stage.session(foreign, "hello", other);
  // The last two of each device; documents of one machine come to two of them.
  const of = (name: FrameName): AnyFrame[] => {
    const frames = [mine.d, sister.d, foreign.d].flatMap((d) => framesOn(d, name).slice(-2));
    return [...new Map(frames.map((frame) => [frame.bytes.toString(), frame])).values()];
  };
  const commands = [...pairs(of("CMD"))].flatMap(([a, b]) => [...splices(a, b)]);
  const before = [machine.effects(), machine.standing(), other.effects(), other.standing()];
  await machine.receive(commands);
  await other.receive(commands);
  expect([machine.effects(), machine.standing(), other.effects(), other.standing()]).toEqual(before);
  expect(commands.length).toBeGreaterThan(100);
  for (const name of TO_DEVICES) {
    const spliced = [...pairs(of(name))].flatMap(([a, b]) => [...splices(a, b)]);
    expect(spliced.length, name).toBeGreaterThan(4);
    await expectDropped(mine, session, spliced);
  }
});

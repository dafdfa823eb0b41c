// Time told truly by a device whose Worker lies about it: nothing withheld, delayed, reordered, cut short or set back is
// ever shown as live.
import { expect, test } from "vitest";
import { LIVE_MS, WITHHOLD_MS, type SessionId } from "../../../schema/index.ts";
import { prose } from "../../../web/test/product/world.ts";
import { until } from "../../house/product.ts";
import { HONEST } from "./malicious-worker.ts";
import { idle, settled, stageForFile, type Phone } from "./stage.ts";
import { both, Keeper, withhold } from "./strategies.ts";
import { controlName, controlSaid } from "./wire.ts";

const stage = stageForFile();
const SECOND_MS = 1000;

/** Resolves when the device has taken a proof made after this call. */
async function nextProof({ device, clock }: Phone): Promise<void> {
  const askedAt = clock.wall();
  clock.skip(SECOND_MS);
  device.core.page({ visible: false, online: true });
  device.core.page({ visible: true, online: true });
  await until("a fresh proof", () => provenAt(device) > askedAt + SECOND_MS / 2);
}

function provenAt(device: Phone["device"]): number {
  const [machine] = device.core.view().machines;
  return machine?.liveness.status === "live" ? machine.liveness.provenAt : 0;
}

/** A second device says something that the first will not be shown. */
async function speak(other: Phone, session: SessionId, text: string, turns: number): Promise<void> {
  await other.device.prompt(session, text);
  await idle(other.device, session, turns);
}

/** Two devices that watch one session. */
async function pair(machine = stage.machine): Promise<{ reader: Phone; writer: Phone; session: SessionId }> {
  const writer = await stage.phone(machine);
  const session = await stage.session(writer, "hello", machine);
  const reader = await stage.phone(machine);
  await reader.device.core.watch(machine.id, session);
  await idle(reader.device, session, 1);
  return { reader, writer, session };
}

/** Withholds from the lines of one device only. */
function only(d: string, strategy: ReturnType<typeof withhold>): ReturnType<typeof withhold> {
  return {
    name: strategy.name,
    onMessage: (way, said, line) => (line.kid === d ? strategy.onMessage(way, said, line) : [said]),
  };
}

const alarmOf = ({ device }: { readonly device: Phone["device"] }) => device.core.view().machines[0]?.alarm ?? null;

test("S11 withheld records raise the alarm after 30 s of them, not before, and it goes when they come", async () => {
  const { reader, writer, session } = await pair();
  const keeper = new Keeper(["EVT", "DOC"], "hub>device");
  stage.worker.strategy = only(reader.d, keeper);
  await speak(writer, session, "unseen", 2);
  await nextProof(reader);
  // A slow machine has spent some of that already.
  reader.clock.skip(WITHHOLD_MS / 2);
  expect(alarmOf(reader)).toBeNull();
  reader.clock.skip(WITHHOLD_MS / 2);
  expect(alarmOf(reader)).toMatchObject({ kind: "withheld", session });
  expect(prose(reader.device, session)).not.toContain("unseen");
  stage.worker.strategy = HONEST;
  stage.worker.lineOf(reader.d).toPeer(...keeper.kept);
  await idle(reader.device, session, 2);
  await until("the alarm's end", () => alarmOf(reader) === null);
  expect(prose(reader.device, session)).toContain("unseen 1");
});

test("S11 a withheld document raises the alarm like a withheld record", async () => {
  const { reader, writer } = await pair();
  stage.worker.strategy = only(reader.d, withhold(["DOC"], "hub>device"));
  await stage.session(writer);
  await nextProof(reader);
  reader.clock.skip(WITHHOLD_MS);
  expect(alarmOf(reader)).toMatchObject({ kind: "withheld", session: null });
});

test("S11 records in any other order, or twice, are shown in theirs", async () => {
  const { reader, writer, session } = await pair();
  const keeper = new Keeper(["EVT"], "hub>device");
  stage.worker.strategy = only(reader.d, keeper);
  await speak(writer, session, "say 3 lines", 2);
  await until("its records", () => keeper.kept.length >= 3);
  stage.worker.strategy = HONEST;
  const line = stage.worker.lineOf(reader.d);
  for (const said of [...keeper.kept].reverse()) line.toPeer(said, said);
  reader.clock.skip(3 * SECOND_MS);
  await idle(reader.device, session, 2);
  expect(prose(reader.device, session)).toBe(prose(writer.device, session));
  expect(alarmOf(reader)).toBeNull();
});

test("S11 without a fresh proof nothing is live after 45 s, whatever old proofs and presence the Worker shows", async () => {
  const { reader } = await pair();
  const { worker } = stage;
  await settled(reader.device);
  // The newest of them echoes a nonce that still counts when it is played again.
  await nextProof(reader);
  const old = worker.captured.flatMap(({ said, line }) =>
    said.kind === "frame" && said.frame.name === "BEACON" && line.kid === reader.d ? [said] : [],
  );
  expect(old.length).toBeGreaterThan(0);
  worker.strategy = only(reader.d, withhold(["BEACON"], "hub>device"));
  const dropped = (): number => reader.device.core.machine(stage.machine.id)?.droppedFrames ?? 0;
  const before = dropped();
  reader.clock.skip(LIVE_MS - 5 * SECOND_MS);
  worker.lineOf(reader.d).toPeer(...old, controlSaid({ t: "ready", role: "device", relay: "on" }));
  reader.clock.skip(5 * SECOND_MS + 1);
  expect(reader.device.core.view().live).not.toBe("live");
  // Every one of them: the newest comes last.
  await until("the old ones dropped", () => dropped() - before >= old.length);
  expect(reader.device.core.view().live).not.toBe("live");
});

test("S11 a Worker set back to an earlier state, that keeps nothing new, is found out by the next proof", async () => {
  const { worker } = stage;
  const machine = await stage.further();
  const { reader, writer, session } = await pair(machine);
  const copy = await worker.copyStorage();
  await machine.online();
  for (const { device } of [reader, writer]) device.core.reconnect();
  await speak(writer, session, "lost", 2);
  await worker.setBack(copy);
  await copy.drop();
  // From now on everything the relay sends again is acknowledged and thrown away.
  worker.strategy = both(withhold(["EVT", "DOC"], "relay>hub"), withhold(["EVT", "DOC"], "hub>device"));
  const late = await stage.stranger();
  await machine.online();
  await late.device.pair(await machine.link(), "late");
  await late.device.core.watch(machine.id, session);
  await until("a proof", () => late.device.core.view().live === "live");
  late.clock.skip(WITHHOLD_MS + SECOND_MS);
  expect(alarmOf(late)).toMatchObject({ kind: "withheld" });
  expect(prose(late.device, session)).not.toContain("lost");
});

test("S11 records withheld from before the relay's last connection are missed all the same", async () => {
  const { reader, writer, session } = await pair();
  const { worker, machine } = stage;
  worker.strategy = only(reader.d, withhold(["EVT"], "hub>device"));
  await speak(writer, session, "before", 2);
  await machine.reconnect();
  await nextProof(reader);
  reader.clock.skip(WITHHOLD_MS);
  expect(alarmOf(reader)).toMatchObject({ kind: "withheld", session });
});

test("R4 a Worker that acknowledges records and throws them away loses nothing", async () => {
  const { reader, writer, session } = await pair();
  const { worker, machine } = stage;
  worker.strategy = {
    name: "acknowledges and discards",
    onMessage: (way, said, line) => {
      if (way !== "relay>hub" || said.kind !== "frame" || said.frame.name !== "EVT") return [said];
      line.toPeer(controlSaid({ t: "ack", list: [[said.frame.header.session, said.frame.header.seq]] }));
      return [];
    },
  };
  await writer.device.prompt(session, "discarded");
  await until("the agent to have it", () => machine.effects().includes("prompt discarded"));
  const { log } = machine.relay.core;
  // To its last record: a later one would make the hub ask for what is missing before it.
  await until("all of the turn thrown away", () => {
    const isOver = machine.turnsOver(session) === 2 && machine.isIdle(session);
    return isOver && log.ackedSeq(session) === log.head(session)?.seq;
  });
  worker.strategy = HONEST;
  worker.breakLines();
  await machine.online();
  for (const { device } of [reader, writer]) device.core.reconnect();
  await idle(reader.device, session, 2);
  expect(prose(reader.device, session)).toContain("discarded 1");
  // Not only by asking the machine: the hub itself has them again, as its next heads say.
  await machine.reconnect();
  const heads = worker.captured.flatMap(({ said }) => (controlName(said) === "heads" ? [said] : [])).at(-1);
  expect(heads?.kind === "text" ? heads.text : "").toContain(`"${session}",${log.head(session)?.seq},`);
});

test("S11 acknowledgements, heads and needs that are not true make the relay drop nothing and send nothing twice", async () => {
  const { reader, writer, session } = await pair();
  const line = stage.worker.lineOf(stage.machine.id);
  line.toPeer(
    controlSaid({ t: "ack", list: [[session, 1_000_000]], docs: Number.MAX_SAFE_INTEGER }),
    controlSaid({ t: "need", s: session, q: 1 }),
  );
  await writer.device.prompt(session, "after the lie");
  stage.worker.breakLines();
  await stage.machine.online();
  for (const { device } of [reader, writer]) device.core.reconnect();
  await idle(reader.device, session, 2);
  expect(prose(reader.device, session)).toContain("after the lie 1");
});

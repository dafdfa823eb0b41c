// Records that no honest machine wrote: two signed histories (S12), and records by somebody who has the content keys but
// not the machine's own (S10).
import { expect, test } from "vitest";
import {
  contentKey,
  encodePlain,
  generateSigningPair,
  sealFrame,
  type Frame,
  type Item,
  type OpaqueKey,
  type SessionId,
} from "../../../schema/index.ts";
import { droppedBy } from "../../../web/test/device-world.ts";
import { bubble, prose } from "../../../web/test/product/world.ts";
import { until } from "../../house/product.ts";
import { idle, shown, stageForFile, type Phone } from "./stage.ts";
import { fork, twinOf } from "./two-histories.ts";
import { frameSaid } from "./wire.ts";

const stage = stageForFile();
const OTHER: readonly Item[] = [{ k: "note", code: "other", text: "another history" }];

/** The session's newest record as the Worker holds it. */
function newestRecord(session: SessionId): Frame<"EVT"> {
  const frame = stage.worker.frames("relay>hub", "EVT").findLast(({ header }) => header.session === session);
  if (frame === undefined) throw new Error("no record");
  return frame;
}

const alarm = ({ device }: Phone, session: SessionId) => device.timeline(stage.machine.id, session).alarm?.kind ?? null;

test("S12 a device that meets two signed histories freezes the session and says so, whichever came first", async () => {
  const first = await stage.phone();
  const session = await stage.session(first);
  const record = newestRecord(session);
  const twin = await twinOf(stage.machine, record);
  const before = prose(first.device, session);
  stage.worker.lineOf(first.d).toPeer(frameSaid(twin));
  await until("the fork's alarm", () => alarm(first, session) === "forked");
  expect(prose(first.device, session)).toBe(before);
  expect(first.device.core.view().alarm).toBe("forked");

  const second = await stage.phone();
  stage.worker.strategy = fork(second.d, record, twin);
  await second.device.core.watch(stage.machine.id, session);
  await until("the other history", () =>
    second.device.entries(session).some((entry) => JSON.stringify(entry).includes("another history")),
  );
  stage.worker.lineOf(second.d).toPeer(frameSaid(record.bytes));
  await until("the fork's alarm", () => alarm(second, session) === "forked");
});

test("S12 the machine refuses a prompt from a view of another history, and the proof of life tells the device", async () => {
  const { machine, worker } = stage;
  const honest = await stage.phone();
  const session = await stage.session(honest);
  const record = newestRecord(session);
  const misled = await stage.phone();
  worker.strategy = fork(misled.d, record, await twinOf(stage.machine, record));
  await misled.device.core.watch(machine.id, session);
  await until("the other history", () =>
    misled.device.entries(session).some((entry) => JSON.stringify(entry).includes("another history")),
  );
  const before = machine.effects();
  await misled.device.prompt(session, "from the other history");
  await until("the refusal", () => bubble(misled.device, session, "from the other history")?.delivery === "refused");
  expect(bubble(misled.device, session, "from the other history")?.refusal?.code).toBe("E_FORK");
  await machine.done();
  expect(machine.effects()).toEqual(before);
  await until("the fork's alarm", () => alarm(misled, session) === "forked");
  await honest.device.prompt(session, "from the true one");
  await idle(honest.device, session, 2);
  expect(alarm(honest, session)).toBeNull();
});

/** The content keys as a paired device holds them, in the hands of somebody who is not the machine. */
async function forge(holder: Phone, signer: OpaqueKey, header: Frame<"EVT">["header"]): Promise<Uint8Array> {
  const [row] = await holder.device.store.machines();
  const root = row?.keyring.epochs.find(([epoch]) => epoch === header.epoch)?.[1];
  if (root === undefined) throw new Error("no such epoch");
  const key = await contentKey(root, header.m, header.session);
  return sealFrame("EVT", header, key, encodePlain("EVT", OTHER), signer);
}

test("S10 whoever has the content keys and colludes with the Worker makes no device accept a record of theirs", async () => {
  const victim = await stage.phone();
  const session = await stage.session(victim);
  const thief = await stage.phone();
  const { header } = newestRecord(session);
  const { h } = (await victim.device.store.log(header.m, session))?.runs.at(-1) ?? { h: header.prev };
  const { privateKey } = await generateSigningPair(false);
  const forged = [
    await forge(thief, privateKey, { ...header, seq: header.seq + 1, prev: h }),
    await forge(thief, privateKey, header),
    // Their seal under a true signature of the machine's.
    newestRecord(session).bytes.slice(),
  ];
  const last = forged[2];
  last?.set((forged[1] ?? last).subarray(86, 120), 86);
  const [before, dropped] = [shown(victim.device, session), droppedBy(victim.device)];
  stage.worker.lineOf(victim.d).toPeer(...forged.map(frameSaid));
  await until("the drops", () => droppedBy(victim.device) === dropped + forged.length);
  expect(shown(victim.device, session)).toBe(before);
});

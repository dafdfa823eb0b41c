// What a screen may say: nothing is accepted, approved or done before the machine's own sealed word (S14), and an answer
// authorises only what was asked (S13).
import { expect, test } from "vitest";
import { encodeHeader, joinFrame, randomBytes, type Frame } from "../../../schema/index.ts";
import { bubble, openWait, settledWaits } from "../../../web/test/product/world.ts";
import { until } from "../../house/product.ts";
import { HONEST } from "./malicious-worker.ts";
import { idle, settled, stageForFile } from "./stage.ts";
import { both, Keeper, silence, withhold } from "./strategies.ts";
import { controlSaid, frameSaid } from "./wire.ts";

const stage = stageForFile();

/** Everything a Worker can say about a command without a key. */
function lies(command: Frame<"CMD">, earlier: readonly Frame<"RES">[]) {
  const { m, d, g, ctr } = command.header;
  const forged = [1, 2].map((n) => joinFrame(encodeHeader("RES", { m, d, g, ctr, n, final: n - 1 }), randomBytes(300)));
  const renamed = earlier.map(({ header, body }) => joinFrame(encodeHeader("RES", { ...header, g, ctr }), body));
  return [
    controlSaid({ t: "ready", role: "device", relay: "on" }),
    controlSaid({ t: "queued", g, ctr }),
    controlSaid({ t: "cgot", d, g, ctr }),
    ...[...forged, ...renamed, ...earlier.map(({ bytes }) => bytes)].map(frameSaid),
  ];
}

test("S14 no lie of the Worker makes a message or an answer look accepted; the true result then does", async () => {
  const { worker, machine } = stage;
  const phone = await stage.phone();
  const { device, d } = phone;
  const session = await stage.session(phone, "ask first");
  const wait = await device.waitFor(() => openWait(device, session));
  await settled(device);
  const earlier = worker.frames("hub>device", "RES");
  // The machine does all of it, and none of its words come back.
  worker.strategy = withhold(["RES", "EVT", "DOC", "BEACON"], "hub>device");
  const seen = worker.frames("device>hub", "CMD").length;
  await device.calls.answer(wait, { option: "yes" });
  await device.prompt(session, "and then?");
  await until("both frames", () => worker.frames("device>hub", "CMD").length >= seen + 2);
  await until("the agent to have both", () => machine.effects().includes("prompt and then?"));
  const commands = worker.frames("device>hub", "CMD").slice(seen);
  for (const command of commands) worker.lineOf(d).toPeer(...lies(command, earlier));
  const dropped = () => device.core.machine(machine.id)?.droppedFrames ?? 0;
  await until("the lies to be read", () => dropped() >= 2 * commands.length);
  expect(["device", "stored"]).toContain(bubble(device, session, "and then?")?.delivery);
  expect(settledWaits(device, session)).toEqual([]);
  expect(["device", "stored"]).toContain(device.core.view().waits[0]?.answering?.delivery);
  worker.strategy = HONEST;
  worker.breakLines();
  await machine.online();
  device.core.reconnect();
  await idle(device, session, 2);
  expect(bubble(device, session, "and then?")?.delivery).toBe("agent");
});

test("S14 a command that the Worker swallows, saying it was stored and received, stays unconfirmed to its end", async () => {
  const { worker } = stage;
  const phone = await stage.phone();
  const session = await stage.session(phone);
  const { device, clock } = phone;
  await settled(device);
  worker.strategy = {
    name: "swallows commands",
    onMessage: (direction, said, line) => {
      if (direction !== "device>hub" || said.kind !== "frame" || said.frame.name !== "CMD") return [said];
      const { g, ctr } = said.frame.header;
      line.toPeer(controlSaid({ t: "queued", g, ctr }));
      return [];
    },
  };
  await device.prompt(session, "swallowed");
  await until("the label", () => bubble(device, session, "swallowed")?.delivery === "stored");
  // Its ten minutes pass, and the minute after them.
  clock.skip(30_000);
  await until("a proof", () => device.core.view().live === "live");
  expect(bubble(device, session, "swallowed")?.delivery).toBe("stored");
  clock.skip(700_000);
  await until("the end", () => ["refused", "unknown"].includes(bubble(device, session, "swallowed")?.delivery ?? ""));
});

test("S13 an answer held back and let go later, or to a wait that is over, authorises nothing", async () => {
  const { worker, machine } = stage;
  const [one, two] = [await stage.phone(), await stage.phone()];
  const session = await stage.session(one, "ask both");
  await two.device.core.watch(machine.id, session);
  const wait = await one.device.waitFor(() => openWait(one.device, session));
  await two.device.waitFor(() => openWait(two.device, session));
  const before = machine.effects().length;
  const keeper = new Keeper(["CMD"], "device>hub");
  worker.strategy = {
    ...keeper,
    name: keeper.name,
    onMessage: (way, said, line) => (line.kid === one.d ? keeper.onMessage(way, said) : [said]),
  };
  await one.device.calls.answer(wait, { option: "yes" });
  await until("the held answer", () => keeper.kept.length > 0);
  await two.device.calls.answer(wait, { option: "no" });
  await idle(two.device, session, 1);
  expect(machine.effects().slice(before)).toEqual(["answer no"]);
  // The next question is open when the old answer arrives, again and again.
  await two.device.prompt(session, "ask again");
  await two.device.waitFor(() => openWait(two.device, session));
  worker.strategy = HONEST;
  const late = keeper.kept.flatMap((said) => (said.kind === "frame" ? [said.frame.bytes] : []));
  await machine.receive([...late, ...late]);
  worker.lineOf(one.d).toHub(...keeper.kept);
  await until("the refusal", () => settledWaits(one.device, session).length === 1);
  await machine.done();
  expect(machine.effects().slice(before)).toEqual(["answer no", "prompt ask again"]);
  expect(openWait(two.device, session)).not.toBeNull();
});

test("S14 a Worker that hides the machine's words from one device only cannot make it claim more than it knows", async () => {
  const { worker, machine } = stage;
  const phone = await stage.phone();
  const session = await stage.session(phone);
  worker.strategy = both(withhold(["RES", "EVT", "DOC"], "hub>device"), silence(["queued"], "hub>device"));
  await phone.device.prompt(session, "silence");
  await until("the agent to have it", () => machine.effects().includes("prompt silence"));
  expect(bubble(phone.device, session, "silence")?.delivery).toBe("device");
});

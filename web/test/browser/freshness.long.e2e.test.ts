// Every state of freshness on a real screen, brought about by a Worker that lies: its word, its `data-live` or `data-alarm`,
// and its next step. Each browser is lied to in its own way, all at the same time, because most lies take half a minute.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { twinOf } from "../../../relay/proof/malice/two-histories.ts";
import { HONEST } from "../../../relay/proof/malice/malicious-worker.ts";
import { idle, Stage, type Phone } from "../../../relay/proof/malice/stage.ts";
import { withhold } from "../../../relay/proof/malice/strategies.ts";
import { controlSaid, frameSaid, type Direction, type Said } from "../../../relay/proof/malice/wire.ts";
import type { Line } from "../../../relay/proof/malice/line.ts";
import {
  decodePlain,
  encodePlain,
  beacon as beaconShape,
  MACHINE_SESSION,
  openFrame,
  sealFrame,
  type SessionId,
} from "../../../schema/index.ts";
import { newDevice, openBrowser, type BrowserDevice } from "./browser.ts";
import { app, isLive, log, pairBy } from "./screens.ts";

type Rule = (direction: Direction, said: Said, line: Line) => readonly Said[];

/** 45 s until nothing is live, 30 s until records count as withheld, and a busy machine. */
const NOTICED_MS = 75_000;
const TITLE = "hello";

const stage = new Stage();
const rules = new Map<string, Rule>();
const browsers: BrowserDevice[] = [];
let browser: Browser;
let author: Phone;
let session: SessionId;

beforeAll(async () => {
  await stage.open({ assetsDir: inject("assetsDir") });
  browser = await openBrowser();
  author = await stage.phone();
  session = await stage.session(author, TITLE);
  stage.worker.strategy = {
    name: "to each its own",
    onMessage: (direction, said, line) => rules.get(line.kid ?? "")?.(direction, said, line) ?? [said],
  };
});
afterAll(async () => {
  for (const device of browsers) await device.close();
  await browser.close();
  await stage.close();
});

interface Reader {
  readonly page: Page;
  readonly kid: string;
}

/** A browser that reads the conversation, live. */
async function reader(): Promise<Reader> {
  const device = await newDevice(browser, { expected: /WebSocket|Failed to load resource|net::ERR/ });
  browsers.push(device);
  const { page } = device;
  await pairBy(page, await stage.machine.link());
  const line = stage.worker.lines("device").at(-1);
  if (line?.kid == null) throw new Error("not connected");
  await page.getByRole("link", { name: TITLE, exact: true }).click();
  await log(page).waitFor();
  return { page, kid: line.kid };
}

const rule = ({ kid }: Reader, of: { readonly onMessage: Rule }): void => void rules.set(kid, of.onMessage);

async function alarms({ page }: Reader, alarm: string): Promise<void> {
  await page.locator(`[data-live][data-alarm="${alarm}"]`).waitFor({ timeout: NOTICED_MS });
}

/** The machine's newest proof for this browser, with one session's head at its first record, under the machine's own key. */
async function proofOfLess({ kid }: Reader): Promise<Said> {
  const found = stage.worker.captured.findLast(
    ({ direction, said, line }) =>
      direction === "hub>device" && line.kid === kid && said.kind === "frame" && said.frame.name === "BEACON",
  );
  const frame = found?.said.kind === "frame" ? found.said.frame : null;
  if (frame?.name !== "BEACON") throw new Error("no proof yet");
  const { identity, trust, log: journal } = stage.machine.relay.core;
  const first = journal.hashAt(session, 1);
  if (first === null) throw new Error("no first record");
  const key = await trust.epochs.key(frame.header.epoch, MACHINE_SESSION);
  const plain = await openFrame(frame, key);
  if (plain === null) throw new Error("does not open");
  const said = decodePlain("BEACON", plain, beaconShape);
  const heads = said.heads.map(([s, q, h]) => (s === session ? ([s, 1, first] as const) : ([s, q, h] as const)));
  const bytes = await sealFrame("BEACON", frame.header, key, encodePlain("BEACON", { ...said, heads }), identity.ri);
  return frameSaid(bytes);
}

test("S11 S12 live, confirming, stale, withheld, forked, rolled back: each on screen with its words and its way out", async () => {
  const [live, withheld, forked, rolledBack, stale] = [
    await reader(),
    await reader(),
    await reader(),
    await reader(),
    await reader(),
  ] as const;
  const forkedAt = stage.worker.frames("relay>hub", "EVT").findLast(({ header }) => header.session === session);
  if (forkedAt === undefined) throw new Error("no record");

  rule(withheld, withhold(["EVT", "DOC"], "hub>device"));
  rule(rolledBack, withhold(["BEACON"], "hub>device"));
  rule(stale, withhold(["BEACON"], "hub>device"));
  stage.worker.lineOf(forked.kid).toPeer(frameSaid(await twinOf(stage.machine, forkedAt)));
  await author.device.prompt(session, "said meanwhile");
  await idle(author.device, session, 2);

  await alarms(forked, "forked");
  await forked.page.getByText("There are two versions of").first().waitFor();

  await alarms(withheld, "withheld");
  await withheld.page.getByText("The server holds records back.").waitFor();
  await withheld.page.getByRole("button", { name: "Ask again" }).waitFor();
  expect(await log(withheld.page).innerText()).not.toContain("said meanwhile");

  await stale.page.locator('[data-live="stale"]').waitFor({ timeout: NOTICED_MS });
  await stale.page.getByText(/has not answered for/u).waitFor();
  await stale.page.getByRole("button", { name: "Ask again" }).waitFor();

  stage.worker.lineOf(rolledBack.kid).toPeer(await proofOfLess(rolledBack));
  await alarms(rolledBack, "rolled-back");
  await rolledBack.page.getByText("went back to an older state").waitFor();

  // A page that has just connected and has no proof yet says so, and not more.
  await stale.page.reload();
  await app(stale.page).waitFor();
  await isLive(stale.page, "confirming", "stale");

  await isLive(live.page, "live");
  expect(await app(live.page).getAttribute("data-alarm")).toBeNull();
  expect(await log(live.page).innerText()).toContain("said meanwhile");
  for (const { kid } of [withheld, stale]) rules.delete(kid);
  await isLive(withheld.page, "live");
});

test("S11 a relay that is gone is told as gone, with what to do, and nothing shown is called live", async () => {
  const gone = await reader();
  stage.worker.strategy = HONEST;
  await stage.machine.stop();
  await alarms(gone, "relay-absent");
  await gone.page.getByText("is gone since").waitFor();
  await gone.page.getByText("npm start").first().waitFor();
  // A Worker that says the contrary makes nothing live.
  stage.worker.lineOf(gone.kid).toPeer(controlSaid({ t: "ready", role: "device", relay: "on" }));
  await gone.page.locator('[data-live="live"]').waitFor({ state: "detached", timeout: NOTICED_MS });
  expect(await app(gone.page).getAttribute("data-live")).not.toBe("live");
});

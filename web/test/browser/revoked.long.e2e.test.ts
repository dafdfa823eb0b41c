// A lost phone, and a Worker that tells nobody of its revocation: the phone stays connected, and what it says still reaches
// the machine. Nothing may come of it, and nothing that is said afterwards may open on it.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Stage } from "../../../relay/proof/malice/stage.ts";
import { silence } from "../../../relay/proof/malice/strategies.ts";
import { DESKTOP, newDevice, openBrowser, PHONE, type BrowserDevice } from "./browser.ts";
import { goTo, isDelivered, isQuiet, log, openSession, pairBy, say, shows } from "./screens.ts";

const TITLE = "hello";
const TRUSTED = "while trusted";
const AFTER = "after the end";
const AMONG = "among those who remain";

const stage = new Stage();
const browsers: BrowserDevice[] = [];
let browser: Browser;

beforeAll(async () => {
  await stage.open({ assetsDir: inject("assetsDir") });
  browser = await openBrowser();
});
afterAll(async () => {
  for (const device of browsers) await device.close();
  await browser.close();
  await stage.close();
});

/** A browser that has paired, and the name the Worker knows it by. */
async function paired(size: typeof PHONE | typeof DESKTOP): Promise<{ readonly page: Page; readonly kid: string }> {
  const device = await newDevice(browser, { size });
  browsers.push(device);
  await pairBy(device.page, await stage.machine.link());
  const kid = stage.worker.lines("device").at(-1)?.kid;
  if (kid == null) throw new Error("not connected");
  return { page: device.page, kid };
}

test("S8 a phone revoked on the screen is powerless at once, although the Worker hides it, and opens nothing newer", async () => {
  const { worker, machine } = stage;
  await stage.session(await stage.phone(), TITLE);
  const owner = await paired(DESKTOP);
  const lost = await paired(PHONE);
  await openSession(lost.page, TITLE);
  await say(lost.page, TRUSTED);
  await isDelivered(lost.page, TRUSTED, "agent");
  await isQuiet(lost.page);

  worker.strategy = silence(["grants"], "relay>hub");
  await owner.page.goto(`${worker.origin}/machine/${machine.id}`);
  await owner.page.getByRole("button", { name: /^Revoke .*Android/u }).click();
  await owner.page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await owner.page.getByRole("button", { name: /^Revoke .*Android/u }).waitFor({ state: "detached" });
  const device = machine.relay.core.trust.list().find(({ state }) => state === "revoked");
  expect(device).toBeDefined();

  const [effects, standing] = [machine.effects(), machine.standing()];
  const heard = () => worker.frames("hub>relay", "CMD").filter(({ header }) => header.d === device?.d).length;
  const before = heard();
  await say(lost.page, AFTER);
  await isDelivered(lost.page, AFTER, "stored");
  await expect.poll(heard).toBeGreaterThan(before);
  expect(worker.lineOf(lost.kid).closeCode).toBeNull();

  await goTo(owner.page, "Sessions");
  await openSession(owner.page, TITLE);
  expect([machine.effects(), machine.standing()]).toEqual([effects, standing]);
  await say(owner.page, AMONG);
  await isDelivered(owner.page, AMONG, "agent");
  await isQuiet(owner.page);
  expect(await log(owner.page).innerText()).not.toContain(AFTER);

  // The records came to the phone all the same: it has not got the key.
  const reached = worker.captured.filter(
    ({ direction, said, line }) =>
      direction === "hub>device" && line.kid === lost.kid && said.kind === "frame" && said.frame.name === "EVT",
  );
  const newest = worker.frames("relay>hub", "EVT").at(-1);
  expect(reached.some(({ said }) => said.kind === "frame" && said.frame.bytes.join() === newest?.bytes.join())).toBe(
    true,
  );
  await shows(lost.page, TRUSTED);
  expect(await log(lost.page).innerText()).not.toContain(AMONG);
  await isDelivered(lost.page, AFTER, "stored");
});

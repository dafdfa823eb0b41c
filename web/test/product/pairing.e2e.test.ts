import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { z } from "../../../schema/index.ts";
import { dialWith } from "../../live/socket.ts";
import { type Device } from "../device.ts";
import { openWorld, type World } from "./world.ts";

let local: World;
let tunnelled: World;

beforeAll(async () => {
  local = await openWorld();
  tunnelled = await openWorld({ args: ["--origin", "https://example.test"] });
});
afterAll(async () => {
  await local.close();
  await tunnelled.close();
});

/** A device whose page was opened at the tunnel's address, which ends at the local port. */
async function behindTunnel(): Promise<Device> {
  const { localUrl: url } = tunnelled.product;
  const origin = "https://example.test";
  return tunnelled.unpaired({
    origin,
    dial: dialWith((address, protocols) => {
      const here = address.replace("wss://example.test", url.replace("http", "ws"));
      return new WebSocket(here, protocols, { origin, perMessageDeflate: false });
    }),
    post: async (path, contentType, body) => {
      const headers = { "Content-Type": contentType, Origin: origin };
      const answer = await fetch(url + path, { method: "POST", headers, body });
      return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
    },
  });
}

/** The one pairing that waits for its digits. */
async function waitingPid(): Promise<string> {
  const shape = z.object({ waiting: z.array(z.object({ pid: z.string() })) });
  const [first] = shape.parse(await tunnelled.product.desk("pairing")).waiting;
  if (first === undefined) throw new Error("nobody waits");
  return first.pid;
}

test("the local Worker admits by the link alone, once", async () => {
  const link = await local.link();
  await (await local.unpaired()).pair(link, "first");
  await expect((await local.unpaired()).pair(link, "second")).rejects.toThrow(/E_PAIR_(USED|EXPIRED)/);
});

test("a link that was withdrawn answers that it has expired", async () => {
  const gone = new AbortController();
  const withdrawn = local.product.link({ signal: gone.signal }).catch(() => "");
  const link = await withdrawn;
  gone.abort(new Error("withdrawn"));
  await expect((await local.unpaired()).pair(link)).rejects.toThrow("E_PAIR_EXPIRED");
});

test("garbled links are refused by the device, and none of them becomes a device", async () => {
  const before = await local.product.desk("devices.list");
  const link = await local.product.link();
  const flipped = link.replace(/#1\.(.)/, (_, first: string) => `#1.${first === "A" ? "B" : "A"}`);
  for (const garbled of ["", "hello", link.slice(0, -1), link.replace("#1.", "#2."), flipped]) {
    await expect((await local.unpaired()).pair(garbled)).rejects.toThrow(/^E_/);
  }
  expect(await local.product.desk("devices.list")).toEqual(before);
});

test("behind an origin of a tunnel the digits decide: wrong ones admit nobody, three end it", async () => {
  const { product } = tunnelled;
  expect(product.pair.startsWith("https://example.test/pair#1.")).toBe(true);
  const device = await behindTunnel();
  const paired = device.pair(product.pair, "far phone");
  paired.catch(() => undefined); // its end is awaited below
  const code = await device.waitFor(() => (device.pairing.step === "code" ? device.pairing.code : null));
  expect(code).toMatch(/^\d{6}$/);
  const pid = await waitingPid();
  const wrong = code === "000000" ? "000001" : "000000";
  await expect(product.desk("pair.accept", { pid, code: wrong })).rejects.toMatchObject({ code: "E_PAIR_CODE" });
  expect(await product.desk("devices.list")).toEqual([]);
  await product.desk("pair.accept", { pid, code });
  await paired;
  await device.waitFor(() => device.view().live === "live");

  const thief = await behindTunnel();
  const stolen = thief.pair(await product.link(), "thief");
  stolen.catch(() => undefined); // its end is awaited below
  const digits = await thief.waitFor(() => (thief.pairing.step === "code" ? thief.pairing.code : null));
  const other = digits === "000000" ? "000001" : "000000";
  const second = await waitingPid();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await product.desk("pair.accept", { pid: second, code: other }).catch(() => undefined);
  }
  await expect(product.desk("pair.accept", { pid: second, code: digits })).rejects.toMatchObject({
    code: expect.stringMatching(/^E_PAIR_(EXPIRED|USED)$/),
  });
  await expect(stolen).rejects.toThrow(/E_PAIR_/);
  expect(JSON.stringify(await product.desk("devices.list"))).not.toContain("thief");
});

test("a device invites the next one; the digits typed there admit it behind a tunnel", async () => {
  const admin = await behindTunnel();
  const first = admin.pair(await tunnelled.product.link(), "admin");
  const code = await admin.waitFor(() => (admin.pairing.step === "code" ? admin.pairing.code : null));
  await tunnelled.product.desk("pair.accept", { pid: await waitingPid(), code });
  await first;
  await admin.waitFor(() => admin.view().live === "live");
  const invited = await admin.calls.invite(admin.machine, "view", false);
  if (!invited.ok) throw new Error(invited.refusal.code);
  const guest = await behindTunnel();
  const joined = guest.pair(invited.data.url, "guest");
  const digits = await guest.waitFor(() => (guest.pairing.step === "code" ? guest.pairing.code : null));
  const row = await admin.waitFor(() => admin.view().machines[0]?.pairing[0]);
  expect(row.name).toBe("guest");
  expect(await admin.calls.acceptPairing(admin.machine, row.pid, digits)).toMatchObject({ ok: true });
  await joined;
  await guest.waitFor(() => guest.view().machines[0]?.scope === "view");
});

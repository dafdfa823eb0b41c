import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startProduct, type Product } from "../../../relay/house/product.ts";
import { createDevice } from "../device.ts";
import { endedTurns, lineNumbers, openWorld, prose, upTo, type World } from "./world.ts";

const products: Product[] = [];
let world: World | null = null;

afterEach(async () => {
  await world?.close();
  world = null;
  for (const product of products.splice(0)) await product.dispose();
});

async function started(...args: Parameters<typeof startProduct>): Promise<Product> {
  const product = await startProduct(...args);
  products.push(product);
  return product;
}

test("npm start --silent -- --json prints the ready line and nothing else, and its link pairs in one step", async () => {
  const product = await started({ viaNpm: true });
  expect(product.stdout()).toHaveLength(1);
  expect(product.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(product.pair.startsWith(`${product.url}/pair#1.`)).toBe(true);
  const device = await createDevice({ origin: product.url });
  try {
    await device.pair(product.pair);
    await device.waitFor(() => device.view().live === "live");
    expect(device.view().machines[0]?.projects?.projects.map(({ name }) => name)).toEqual(["project"]);
  } finally {
    device.stop();
  }
  await product.stop();
  expect(product.stdout()).toHaveLength(1);
});

test("keeps address, devices, sessions and history over a restart", async () => {
  world = await openWorld();
  const device = await world.device();
  const session = await world.begin(device, "stream 30 fast");
  await device.waitFor(() => endedTurns(device, session).length === 1);
  const { url } = world.product;

  await world.product.restart();

  expect(world.product.url).toBe(url);
  device.core.reconnect();
  await device.waitFor(() => device.view().live === "live");
  const second = await world.unpaired();
  await second.pair(world.product.pair, "tablet");
  await second.waitFor(() => second.view().sessions.some((row) => row.session === session));
  await second.watch(session);
  await second.waitFor(() => lineNumbers(prose(second, session)).length === 30);
  expect(lineNumbers(prose(second, session))).toEqual(upTo(30));
  expect(JSON.stringify(await world.product.desk("devices.list"))).toContain('"phone"');
});

/** Holds a port and speaks with nobody: a device that dials it must not keep it from closing. */
function squatting(): Server {
  return createServer((socket) => socket.destroy());
}

test("a port that somebody else holds is named and refused once a device is paired", async () => {
  world = await openWorld();
  await world.device();
  const { product } = world;
  const port = Number(new URL(product.url).port);
  await product.stop();
  const squatter = squatting();
  await new Promise<void>((done) => squatter.listen(port, "127.0.0.1", done));
  try {
    await expect(product.restart()).rejects.toThrow(new RegExp(`E_BUSY.*port ${port} is taken by .*${process.pid}`));
  } finally {
    await new Promise((done) => squatter.close(done));
  }
  await product.restart();
});

test("a start without devices takes the next free port and keeps it", async () => {
  const product = await started();
  const port = Number(new URL(product.url).port);
  await product.stop();
  const squatter = squatting();
  await new Promise<void>((done) => squatter.listen(port, "127.0.0.1", done));
  try {
    await product.restart();
    expect(product.url).not.toContain(`:${port}`);
  } finally {
    await new Promise((done) => squatter.close(done));
  }
});

test("a state folder that others can enter is refused, with the command that mends it", async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "kelpie-")));
  try {
    mkdirSync(join(home, "state"), { mode: 0o755 });
    chmodSync(join(home, "state"), 0o755);
    await expect(startProduct({ home })).rejects.toThrow(/E_POLICY.*chmod 700/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("a second relay on the same folder is refused and names the first, which goes on", async () => {
  const product = await started();
  await expect(startProduct({ home: product.home })).rejects.toThrow(
    new RegExp(`E_BUSY.*already runs on this state folder \\(process ${product.pid}\\)`),
  );
  expect((await product.cli("ls", "--json")).out.trim()).toBe("[]");
});

test("a state folder whose path has 150 characters works, the command line included", async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "kelpie-")));
  const product = await startProduct({ home, stateName: "s".repeat(150 - home.length - 1) });
  products.push(product);
  expect(product.stateDir).toHaveLength(150);
  expect(await product.cli("ls", "--json")).toMatchObject({ code: 0, out: "[]\n" });
  await product.stop();
  expect(await product.cli("ls", "--json")).toMatchObject({ code: 1, out: "" });
});

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startProduct } from "../../../relay/house/product.ts";
import { commandOf, endedTurns, journalProse, lineNumbers, prose, upTo, World } from "./world.ts";

/** Above the 1 GB below which new sessions are refused, with room to fall below it. */
const DISK_MB = 1200;
const isRoot = process.getuid?.() === 0;
let undo: (() => Promise<void>) | null = null;

afterEach(async () => {
  await undo?.();
  undo = null;
});

// Only root may mount; elsewhere the rule is tested below the whole product (relay/sessions).
test.runIf(isRoot)("R17 a full disk refuses new sessions, keeps what was committed, and heals", async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "kelpie-")));
  const stateDir = join(home, "state");
  mkdirSync(stateDir, { mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m,mode=0700`, "tmpfs", stateDir]);
  let world: World | null = null;
  undo = async () => {
    await world?.product.stop();
    execFileSync("umount", ["-l", stateDir]);
    await world?.close();
    rmSync(home, { recursive: true, force: true });
  };
  const product = await startProduct({ home, demoPaceMs: 2 });
  const running = new World(product);
  world = running;
  const device = await running.device();
  const session = await running.begin(device, "stream 30");
  await device.waitFor(() => endedTurns(device, session).length === 1);

  const ballast = join(stateDir, "ballast");
  const { bavail, bsize } = statfsSync(stateDir);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - 100 * 1024 * 1024));
  const root = await running.newRoot();
  const { machine } = device;
  const refused = await device.calls.started(
    commandOf(await device.calls.startSession({ machine, root, agent: "demo" })),
  );
  expect(refused).toMatchObject({ ok: false, refusal: { code: "E_DISK" } });
  expect(lineNumbers(await journalProse(running, session))).toEqual(upTo(30));

  rmSync(ballast);
  const started = await device.calls.started(
    commandOf(await device.calls.startSession({ machine, root, agent: "demo", prompt: "stream 3" })),
  );
  if (!started.ok) throw new Error(started.refusal.code);
  await device.watch(started.data.s);
  await device.waitFor(() => endedTurns(device, started.data.s).length === 1);
  await product.restart();
  device.core.reconnect();
  await device.waitFor(() => device.core.view().live === "live");
  expect(lineNumbers(await journalProse(running, session))).toEqual(upTo(30));
  expect(lineNumbers(prose(device, session))).toEqual(upTo(30));
});

// The floors as the rows use them: a bare ws server or a bare Durable Object, one writer, any number of viewers.
import { type ChildProcess, fork } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { type Embedded, startEmbedded } from "../embedded/start.ts";
import { BARE_HUB } from "./bare-hub.ts";
import type { WriteOrder } from "./floor-hop.ts";
import { nowNs } from "./stamped-line.ts";

const HOP = join(import.meta.dirname, "floor-hop.ts");
const QUIET = ["--disable-warning=ExperimentalWarning"];

/** A bare chain at work. */
export interface Floor {
  readonly workerdPid: number;
  /** Opens viewers until there are `count`. */
  view(count: number): Promise<void>;
  /** Has the writer write; answers the age at arrival of every line at every viewer, ms, once all have come. */
  write(order: WriteOrder): Promise<number[]>;
  stop(): Promise<void>;
}

/** Writer, ws server, viewers: each side with its own durable write. */
export async function openBareServer(): Promise<Floor> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-floor-"));
  const hub = hop(["hub", join(folder, "hub.db")]);
  const port = await answer(hub);
  return chain(folder, `ws://127.0.0.1:${String(port)}`, {
    workerdPid: 0,
    stop: () => ended(hub),
  });
}

/** The same with a Durable Object without our code in the middle, in the same miniflare as ours. */
export async function openBareHub(): Promise<Floor> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-floor-"));
  const embedded = await startBareHub(folder);
  return chain(folder, embedded.url.replace(/^http/, "ws"), {
    workerdPid: embedded.workerdPid(),
    stop: () => embedded.stop(),
  });
}

/** A bare hub alone, in `folder`; `port` 0 takes a free one. */
export async function startBareHub(folder: string, port = 0): Promise<Embedded> {
  const assetsDir = join(folder, "assets");
  await mkdir(assetsDir, { recursive: true });
  await writeFile(join(assetsDir, "index.html"), "");
  return startEmbedded({
    ...{ dataDir: join(folder, "data"), host: "127.0.0.1", port, appOrigin: null },
    ...{ tokenKey: "none", claimHash: "none", assetsDir, workerScript: BARE_HUB },
  });
}

async function chain(
  folder: string,
  url: string,
  hub: { readonly workerdPid: number; stop(): Promise<void> },
): Promise<Floor> {
  const writer = hop(["writer", `${url}/writer`, join(folder, "writer.db")]);
  await answer(writer);
  const viewers: WebSocket[] = [];
  let ages: number[] = [];
  let arrived: () => void = () => undefined;
  const take = (line: Buffer): void => {
    ages.push(Number(nowNs() - line.readBigUInt64BE()) / 1e6);
    arrived();
  };
  return {
    workerdPid: hub.workerdPid,
    view: async (count) => {
      while (viewers.length < count) viewers.push(await openViewer(`${url}/viewer`, take));
    },
    write: async (order) => {
      ages = [];
      const all = new Promise<void>((resolve) => {
        arrived = () => {
          if (ages.length === order.count * viewers.length) resolve();
        };
      });
      writer.send(order);
      await all;
      return ages;
    },
    stop: async () => {
      for (const viewer of viewers) viewer.terminate();
      await ended(writer);
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function hop(args: readonly string[]): ChildProcess {
  return fork(HOP, args, { execArgv: QUIET, stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the floor's process ended (${code})`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.disconnect();
  });
}

function openViewer(url: string, take: (line: Buffer) => void): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const viewer = new WebSocket(url, { perMessageDeflate: false });
    viewer.on("message", take);
    viewer.once("open", () => resolve(viewer));
    viewer.once("error", reject);
  });
}

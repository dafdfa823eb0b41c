// The floor of healing: a bare hub restarts under bare sockets, each of which dials again at once.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { startBareHub } from "./floor.ts";

/** How a Worker goes: killed outright, or asked to end and started again. */
export type Restart = "killed" | "restarted";

/** A refused socket tries again after this; without it, 200 of them would keep the processor from the hub. */
const REDIAL_MS = 50;
/** As kelpie up waits before it starts a Worker that ended. */
const RESTART_MS = 1_000;

/** Ms from the end of the hub until each of `count` sockets is open again. */
export async function bareHeal(count: number, how: Restart): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-floor-"));
  let hub = await startBareHub(folder);
  const sockets = new LastingSockets(`${hub.url.replace(/^http/, "ws")}/viewer`);
  try {
    for (let index = 0; index < count; index += 1) sockets.add();
    await sockets.reaches(count);
    const startedAt = performance.now();
    sockets.openedAt.length = 0;
    if (how === "killed") process.kill(hub.workerdPid(), "SIGKILL");
    else {
      await hub.stop();
      await delay(RESTART_MS);
      hub = await startBareHub(folder, hub.port);
    }
    await sockets.reaches(count);
    return sockets.openedAt.map((at) => at - startedAt);
  } finally {
    sockets.stop();
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

class LastingSockets {
  /** When each of them was opened last, on performance.now(); empty it to count anew. */
  readonly openedAt: number[] = [];
  readonly #url: string;
  readonly #open = new Set<WebSocket>();
  #isStopped = false;
  #look: () => void = () => undefined;

  constructor(url: string) {
    this.#url = url;
  }

  add(): void {
    if (this.#isStopped) return;
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    socket.on("open", () => {
      this.#open.add(socket);
      this.openedAt.push(performance.now());
      this.#look();
    });
    // Its close follows.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#open.delete(socket);
      setTimeout(() => this.add(), REDIAL_MS);
    });
  }

  reaches(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.openedAt.length >= count) resolve();
      };
      this.#look();
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const socket of this.#open) socket.terminate();
  }
}

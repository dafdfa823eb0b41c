// What every test of the embedded process needs: settings in a folder of its own, and an end to all it started.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identify } from "../process-identity.ts";
import { type Embedded, type EmbeddedOptions, startEmbedded } from "../start.ts";
import { TINY_WORKER } from "./tiny-worker.ts";

/** Started processes and folders of one test; `end` stops and removes them all. */
export interface Bench {
  options(changes?: Partial<EmbeddedOptions>): EmbeddedOptions;
  start(changes?: Partial<EmbeddedOptions>): Promise<Embedded>;
  end(): Promise<void>;
}

export async function createBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-embedded-"));
  await writeFile(join(folder, "index.html"), "<p>the app</p>");
  const started: Embedded[] = [];
  const options: Bench["options"] = (changes = {}) => ({
    dataDir: join(folder, "data"),
    host: "127.0.0.1",
    port: 0,
    appOrigin: null,
    tokenKey: "secret-token-key",
    claimHash: "secret-claim-hash",
    assetsDir: folder,
    workerScript: TINY_WORKER,
    ...changes,
  });
  return {
    options,
    start: async (changes) => {
      const embedded = await startEmbedded(options(changes));
      started.push(embedded);
      return embedded;
    },
    end: async () => {
      await Promise.all(started.map((embedded) => embedded.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when none of the processes lives any more; the test's time limit is the only deadline. */
export async function allGone(...pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => identify(pid) !== undefined)) await delay(10);
}

/** Asks until there is an answer: a Worker that is being started again refuses connections meanwhile. */
export async function eventually(url: string): Promise<string> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return answer.text();
    await delay(10);
  }
}

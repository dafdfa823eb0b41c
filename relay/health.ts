// The "health" document: how this machine is. Measured rarely and published only when something a person would notice
// has changed, so that an idle machine writes nothing.
import { statfs } from "node:fs/promises";
import { cpus, hostname, loadavg, platform, release } from "node:os";
import { DISK_FREE_MIN_BYTES, MACHINE_SESSION, PRODUCT_VERSION, type HealthDoc } from "../schema/index.ts";
import type { Clock } from "./clock.ts";
import type { DocumentStore } from "./journal/ports.ts";

/** Between two looks: load and disk move slowly, and a document is a write on three machines. */
const LOOK_EVERY_MS = 60_000;
const GIB = 1024 ** 3;

/** What the document is made of besides measurements. */
export interface HealthParts {
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly stateDir: string;
  readonly started: number;
  readonly localWorker: boolean;
  readonly machineName: () => string;
  readonly projectFolders: () => readonly string[];
  /** True while a device watches: only then are small changes worth a write. */
  readonly isWatched: () => boolean;
}

/** Free and total bytes of the disk under a folder. */
export async function diskOf(folder: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Publishes the document now and from time to time. Returns the stopper. */
export function publishHealth(parts: HealthParts, onDefect: (error: unknown) => void): () => void {
  let cancel: () => void = () => undefined;
  let published: HealthDoc | null = null;
  const look = async (): Promise<void> => {
    const health = await measure(parts);
    if (published === null || (parts.isWatched() && differs(published, health)) || hasNewProblem(published, health)) {
      published = health;
      await parts.documents.put(MACHINE_SESSION, "health", health);
    }
  };
  const again = (): void => {
    cancel = parts.clock.setTimer(() => void look().catch(onDefect).finally(again), LOOK_EVERY_MS);
  };
  void look().catch(onDefect).finally(again);
  return () => cancel();
}

async function measure(parts: HealthParts): Promise<HealthDoc> {
  const { freeBytes, totalBytes } = await diskOf(parts.stateDir);
  const isLow = freeBytes < DISK_FREE_MIN_BYTES;
  return {
    name: parts.machineName(),
    os: `${platform() === "darwin" ? "macOS" : platform()} ${release()}`,
    version: PRODUCT_VERSION,
    started: parts.started,
    cores: cpus().length,
    // Rounded: a tenth of a core, a tenth of a gibibyte. Finer changes are no news.
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    diskFreeBytes: Math.round((freeBytes / GIB) * 10) * Math.round(GIB / 10),
    diskTotalBytes: totalBytes,
    problems: isLow
      ? [{ code: "E_DISK", text: "Less than 1 GB is free. New sessions are refused until there is room." }]
      : [],
    projectFolders: [...parts.projectFolders()],
    localWorker: parts.localWorker,
  };
}

function differs(a: HealthDoc, b: HealthDoc): boolean {
  const moved = Math.abs((a.diskFreeBytes ?? 0) - (b.diskFreeBytes ?? 0)) >= GIB;
  return moved || Math.abs((a.load ?? 0) - (b.load ?? 0)) >= 0.5 || a.name !== b.name;
}

function hasNewProblem(a: HealthDoc, b: HealthDoc): boolean {
  return a.problems.length !== b.problems.length || a.projectFolders.join("\n") !== b.projectFolders.join("\n");
}

/** The name a machine has before anybody gives it one. */
export function defaultMachineName(): string {
  return (hostname().split(".")[0] ?? "machine").slice(0, 64) || "machine";
}

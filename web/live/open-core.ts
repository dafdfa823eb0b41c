// What the live thread fetches once there is something to do.
import { coreCalls, type CoreCalls } from "./core-commands.ts";
import { LiveCore, type CoreListener } from "./core.ts";
import type { PageFacts, Platform } from "./ports.ts";

export interface OpenCore {
  readonly core: LiveCore;
  readonly calls: CoreCalls;
}

/** A core that has read the store, connects, and has gone on with an interrupted pairing. Call once per thread. */
export async function openCore(platform: Platform, listener: CoreListener, page: PageFacts): Promise<OpenCore> {
  const core = new LiveCore(platform, listener);
  core.page(page);
  await core.start();
  return { core, calls: coreCalls(core) };
}

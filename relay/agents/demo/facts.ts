// How the relay runs its own demo agent.
import { join } from "node:path";
import type { AcpFacts } from "../acp/facts.ts";
import { DEMO_MODELS, DEMO_MODES } from "./demo-session.ts";

export interface DemoFactsOptions {
  /** The Node that runs the relay: it runs TypeScript as it is. */
  readonly execPath: string;
  /** Where demo sessions are kept, so that they can be resumed; in memory when absent. */
  readonly stateFolder?: string;
  /** Milliseconds between streamed lines; default 50. */
  readonly paceMs?: number;
}

/** Facts for the generic driver; the agent program is agent.ts beside this file. */
export function demoFacts({ execPath, stateFolder, paceMs }: DemoFactsOptions): AcpFacts {
  const program = join(import.meta.dirname, "agent.ts");
  return {
    id: "demo",
    name: "Demo",
    command: execPath,
    args: [program],
    env: {
      ...(stateFolder === undefined ? {} : { KELPIE_DEMO_STATE: stateFolder }),
      ...(paceMs === undefined ? {} : { KELPIE_DEMO_PACE_MS: String(paceMs) }),
    },
    graceMs: 1_000,
    replayEndsWith: "reply",
    loadsInLaterMinute: false,
    modes: DEMO_MODES.map(({ id, name }) => ({ id, name })),
    models: DEMO_MODELS.map(({ value, name }) => ({ id: value, name })),
    detection: { versionArgs: [program, "--version"], install: "The demo agent is part of Kelpie." },
  };
}

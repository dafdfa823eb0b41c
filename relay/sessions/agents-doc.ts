// Machine document "agents": each agent found, missing, logged out or broken, and what to do about it.
import { type AgentsDoc, type HeadDoc, MACHINE_SESSION } from "../../schema/index.ts";
import type { AgentDriver, AgentId } from "../agents/driver.ts";
import type { Clock } from "../clock.ts";
import type { DocumentStore } from "../journal/ports.ts";

type Status = AgentsDoc["agents"][number];

export interface AgentsDocOptions {
  readonly docs: DocumentStore;
  readonly clock: Clock;
  /** In the order to show. */
  readonly ids: readonly AgentId[];
  readonly driver: (id: AgentId) => Promise<AgentDriver | undefined>;
}

export class AgentsBoard {
  readonly #options: AgentsDocOptions;
  #agents: readonly Status[] = [];
  #probing: Promise<readonly Status[]> | undefined;

  constructor(options: AgentsDocOptions) {
    this.#options = options;
  }

  /** As the last probe found them; empty before the first. */
  get agents(): readonly Status[] {
    return this.#agents;
  }

  modesOf(id: AgentId): HeadDoc["modes"] {
    return this.#agents.find((agent) => agent.id === id)?.modes;
  }

  /** Asks every agent at once and publishes the document. Who calls meanwhile gets the same answer. */
  probe(): Promise<readonly Status[]> {
    this.#probing ??= this.#probe().finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  async #probe(): Promise<readonly Status[]> {
    const { ids, docs, clock } = this.#options;
    this.#agents = await Promise.all(ids.map((id) => this.#ask(id)));
    const doc: AgentsDoc = { agents: [...this.#agents], checked: clock.now() };
    await docs.put(MACHINE_SESSION, "agents", doc);
    return this.#agents;
  }

  async #ask(id: AgentId): Promise<Status> {
    try {
      const driver = await this.#options.driver(id);
      if (driver === undefined) return broken(id, "unknown");
      const { models, modes, ...status } = await driver.probe();
      return { ...status, models: [...models], modes: [...modes] };
    } catch (error) {
      // probe() throws only by a defect of its driver; the other agents are still worth telling.
      return broken(id, error instanceof Error ? error.message : String(error));
    }
  }
}

function broken(id: AgentId, detail: string): Status {
  return { id, state: "broken", detail, models: [], modes: [] };
}

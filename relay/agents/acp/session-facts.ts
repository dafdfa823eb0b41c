// What an agent told about its session: id, modes, models, cost so far. Filled once, then kept current from updates.
import type { SessionNotification } from "@agentclientprotocol/sdk";
import type { AgentEvent } from "../driver.ts";
import { chooserFor, choicesOf, type Choice, type Offer, offerOf } from "./offer.ts";
import { configOptionUpdate, currentModeUpdate, type SessionResult, usageUpdate } from "./shapes.ts";

export type Change = { readonly mode: string } | { readonly model: string };

/** Empty until fill(); learn() never fails on shapes it does not know. */
export class SessionFacts {
  id = "";
  mode: string | undefined;
  model: string | undefined;
  /** Dollars the session has cost so far, as the agent counts; undefined while it has not said. */
  costUsd: number | undefined;
  #isNew = false;
  #offer: Offer = { modes: [], models: [] };

  /** A new session has cost nothing yet; of a continued one nobody knows until the agent says. */
  fill(id: string, result: SessionResult, isNew: boolean): void {
    this.id = id;
    this.#offer = offerOf(result);
    this.mode = this.#offer.modes[0]?.current;
    this.model = this.#offer.models[0]?.current;
    this.#isNew = isNew;
  }

  learn({ update }: SessionNotification): void {
    if (update.sessionUpdate === "usage_update") {
      const parsed = usageUpdate.safeParse(update);
      const cost = parsed.success ? parsed.data.cost : undefined;
      if (cost?.currency === "USD") this.costUsd = cost.amount;
    } else if (update.sessionUpdate === "current_mode_update") {
      const parsed = currentModeUpdate.safeParse(update);
      if (parsed.success) this.mode = parsed.data.currentModeId;
    } else if (update.sessionUpdate === "config_option_update") {
      const parsed = configOptionUpdate.safeParse(update);
      if (parsed.success) this.#learnOptions(parsed.data);
    }
  }

  /** Dollars since a time when `costUsd` was `before`; undefined when the agent does not tell. */
  costSince(before: number | undefined): number | undefined {
    const base = before ?? (this.#isNew ? 0 : undefined);
    return this.costUsd === undefined || base === undefined ? undefined : this.costUsd - base;
  }

  /** The request that makes the change; undefined when it is not offered. */
  choose(change: Change): { readonly method: string; readonly params: unknown } | undefined {
    const [choosers, id] = "mode" in change ? [this.#offer.modes, change.mode] : [this.#offer.models, change.model];
    return chooserFor(choosers, id)?.request(this.id, id);
  }

  chose(change: Change): void {
    if ("mode" in change) this.mode = change.mode;
    else this.model = change.model;
  }

  get modes(): Choice[] {
    return choicesOf(this.#offer.modes);
  }

  get models(): Choice[] {
    return choicesOf(this.#offer.models);
  }

  opened(): AgentEvent {
    return {
      type: "opened",
      agentSession: this.id,
      ...(this.model === undefined ? {} : { model: this.model }),
      ...(this.mode === undefined ? {} : { mode: this.mode }),
    };
  }

  #learnOptions(options: SessionResult): void {
    const offer = offerOf(options);
    this.mode = offer.modes[0]?.current ?? this.mode;
    // `models` names effort and model in one id; an option names the model alone, so it must not overwrite it.
    if (this.#offer.models.length < 2) this.model = offer.models[0]?.current ?? this.model;
  }
}

// The demo agent's side of one turn: how an act speaks, asks and waits. Acts know nothing of ACP's framing.
import type { AgentContext, PermissionOption, SessionUpdate, ToolCallUpdate } from "@agentclientprotocol/sdk";
import { setTimeout as delay } from "node:timers/promises";
import type { DemoSession } from "./demo-session.ts";

/** Thrown inside a turn when the client cancelled it. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

export interface StageDeps {
  readonly client: AgentContext;
  readonly session: DemoSession;
  readonly signal: AbortSignal;
  readonly canAsk: boolean;
  /** Milliseconds between lines at reading speed. */
  readonly paceMs: number;
  readonly newId: () => string;
  readonly now: () => number;
}

type Decision = "once" | "always" | "no";

/** Every method throws Cancelled once the turn is cancelled. */
export class Stage {
  readonly deps: StageDeps;
  #messageId: string;

  constructor(deps: StageDeps) {
    this.deps = deps;
    this.#messageId = deps.newId();
  }

  get session(): DemoSession {
    return this.deps.session;
  }

  /** One chunk of the answer. */
  async say(text: string): Promise<void> {
    this.session.remember("agent", text);
    await this.update({
      sessionUpdate: "agent_message_chunk",
      messageId: this.#messageId,
      content: { type: "text", text },
    });
  }

  /** A sentence word by word, as a model would. */
  async tell(text: string): Promise<void> {
    for (const word of text.match(/\S+\s*/g) ?? []) {
      await this.say(word);
      await this.pause(0.5);
    }
  }

  async think(text: string): Promise<void> {
    for (const word of text.match(/\S+\s*/g) ?? []) {
      await this.update({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text: word } });
      await this.pause(0.5);
    }
  }

  /** The next words are a message of their own. */
  newMessage(): void {
    this.#messageId = this.deps.newId();
  }

  async update(update: SessionUpdate): Promise<void> {
    if (this.deps.signal.aborted) throw new Cancelled();
    await this.deps.client.notify("session/update", { sessionId: this.session.id, update });
  }

  /** Waits `beats` times the pace; throws Cancelled when the turn is cancelled meanwhile. */
  async pause(beats: number): Promise<void> {
    await this.sleep(beats * this.deps.paceMs);
  }

  async sleep(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.deps.signal });
    } catch (error) {
      throw new Cancelled("cancelled", { cause: error });
    }
  }

  /** Asks for permission unless "always" was said before for this kind of tool. */
  async permit(toolCall: ToolCallUpdate): Promise<Decision> {
    const kind = toolCall.kind ?? "other";
    if (this.session.alwaysAllowed.has(kind)) return "always";
    const decision = await this.choose(toolCall, [
      { optionId: "yes", name: "Allow once", kind: "allow_once" },
      { optionId: "yes-always", name: "Always allow in this session", kind: "allow_always" },
      { optionId: "no", name: "Deny", kind: "reject_once" },
    ]);
    if (decision === "always") this.session.alwaysAllowed.add(kind);
    return decision;
  }

  async choose(toolCall: ToolCallUpdate, options: PermissionOption[]): Promise<Decision> {
    const { outcome } = await this.deps.client.request("session/request_permission", {
      sessionId: this.session.id,
      toolCall,
      options,
    });
    if (outcome.outcome === "cancelled") throw new Cancelled();
    const chosen = options.find(({ optionId }) => "optionId" in outcome && optionId === outcome.optionId);
    if (chosen?.kind === "allow_always") return "always";
    return chosen?.kind === "allow_once" ? "once" : "no";
  }
}

// The turn that a usage limit refused: its prompts may be sent again when the limit is over, because nothing came of them.
// A turn of which the agent did anything is never repeated. Pure; lives as long as the agent does.
import type { SessionUpdate } from "@agentclientprotocol/sdk";
import { LIMIT_RETRIES } from "./session-limits.ts";

/** What to do when a limit is over. */
export type AfterLimit =
  | { readonly type: "send-again"; readonly turn: number }
  /** Something came of the turn, or it was refused too often: a person goes on. */
  | { readonly type: "ask" }
  | { readonly type: "nothing" };

/** Updates that are the agent's work, unlike those about modes, usage or commands. */
const WORK: ReadonlySet<SessionUpdate["sessionUpdate"]> = new Set([
  "agent_message_chunk",
  "agent_thought_chunk",
  "tool_call",
  "tool_call_update",
  "plan",
]);

export class LimitedTurn {
  #hasWorked = false;
  #refusals = 0;
  #limited: number | undefined;
  /** A limit was over before the turn that it refused had ended. */
  #isPassed = false;

  /** A turn begins: what an earlier one left is no longer asked for. */
  began(): void {
    this.#hasWorked = false;
    this.#limited = undefined;
    this.#isPassed = false;
  }

  /** The agent said or did something. */
  saw({ sessionUpdate }: Pick<SessionUpdate, "sessionUpdate">): void {
    this.#hasWorked ||= WORK.has(sessionUpdate);
  }

  /** A turn ended, by an error or not; `isLimitOpen`: a limit still stands. True when the one that refused it is over. */
  ended(turn: number, { isError, isLimitOpen }: { readonly isError: boolean; readonly isLimitOpen: boolean }): boolean {
    const isLimited = isError && (isLimitOpen || this.#isPassed);
    this.#isPassed = false;
    this.#refusals = isLimited ? this.#refusals + 1 : 0;
    if (isLimited) this.#limited = turn;
    return isLimited && !isLimitOpen;
  }

  /** A person stopped: nothing is sent by itself. */
  drop(): void {
    this.#limited = undefined;
    this.#isPassed = false;
  }

  /** The limit is over. `byPerson` = somebody asked to try now, which counts anew. Told once per limit. */
  over({ byPerson }: { readonly byPerson: boolean }): AfterLimit {
    const turn = this.#limited;
    this.#limited = undefined;
    this.#isPassed = turn === undefined;
    if (turn === undefined) return { type: "nothing" };
    if (byPerson) this.#refusals = 0;
    const mayRepeat = !this.#hasWorked && this.#refusals <= LIMIT_RETRIES;
    return mayRepeat ? { type: "send-again", turn } : { type: "ask" };
  }
}

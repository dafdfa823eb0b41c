// Which updates are news for this session: not before it is opened, not of another session, not history replayed.
import type { SessionNotification } from "@agentclientprotocol/sdk";
import { HELD_UPDATES } from "../agent-limits.ts";
import type { Replay } from "./replay.ts";

/** Closed until open(); holds at most HELD_UPDATES before that. */
export class UpdateGate {
  readonly #replay: Replay;
  #held: SessionNotification[] = [];
  #sessionId: string | undefined;

  constructor(replay: Replay) {
    this.#replay = replay;
  }

  /** The updates to emit now: none, this one, or none yet because the session is not opened. */
  pass(params: SessionNotification): readonly SessionNotification[] {
    if (this.#replay.drops(params.update.sessionUpdate)) return [];
    if (this.#sessionId === undefined) {
      if (this.#held.length < HELD_UPDATES) this.#held.push(params);
      return [];
    }
    return params.sessionId === this.#sessionId ? [params] : [];
  }

  /** The session is opened; returns what was held for it, in order. */
  open(sessionId: string): readonly SessionNotification[] {
    this.#sessionId = sessionId;
    const held = this.#held.filter((params) => params.sessionId === sessionId);
    this.#held = [];
    return held;
  }

  replayMarked(): Promise<void> {
    return this.#replay.marked;
  }

  endReplay(): void {
    this.#replay.stop();
  }
}

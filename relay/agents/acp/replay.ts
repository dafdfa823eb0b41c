// Tells a replayed history from news: after session/load an agent repeats updates that are long in the session's record.

const HISTORY: ReadonlySet<string> = new Set([
  "user_message_chunk",
  "agent_message_chunk",
  "agent_thought_chunk",
  "tool_call",
  "tool_call_update",
  "plan",
  "compaction_update",
  "compaction_summary_chunk",
]);

/** While `isReplaying`, history is to be dropped and everything else (commands, mode, usage, title) is news. */
export class Replay {
  readonly #endsWith: string;
  #isReplaying: boolean;
  #finish: (() => void) | undefined;
  /** Resolves when the marker update came; at once when the end is marked by the reply alone. */
  readonly marked: Promise<void>;

  constructor(options: { readonly isResumed: boolean; readonly endsWith: string }) {
    this.#isReplaying = options.isResumed;
    this.#endsWith = options.endsWith;
    this.marked =
      options.isResumed && options.endsWith !== "reply"
        ? new Promise((resolve) => (this.#finish = resolve))
        : Promise.resolve();
  }

  /** True when the update is history repeated. */
  drops(kind: string): boolean {
    if (kind === this.#endsWith) this.#finish?.();
    return this.#isReplaying && HISTORY.has(kind);
  }

  /** The first prompt goes out: whatever is said from now on is new. */
  stop(): void {
    this.#isReplaying = false;
  }
}

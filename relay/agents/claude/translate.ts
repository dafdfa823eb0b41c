// From claude's stdout lines to what a session understands. No I/O, no clock: one text line in, facts out.
import type { SessionUpdate } from "@agentclientprotocol/sdk";
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import type { AgentEvent, AgentWait, TurnEnd } from "../driver.ts";
import { AnswerBlocks, type VoidBlock } from "./answer-blocks.ts";
import { readOutcome } from "./tool-outcome.ts";
import { decide, waitOf, type Decision } from "./tool-wait.ts";
import { turnEndOf } from "./turn-end.ts";
import { planOf, todosOf } from "./tool-view.ts";
import { chunk, toolAnnounced, toolEnded, toolStarted, voided } from "./updates.ts";
import { readLimitEnd, saysUsageLimit } from "./usage-limit.ts";
import {
  isCanUseTool,
  parseLine,
  type AssistantBlock,
  type CanUseTool,
  type ClaudeLine,
  type SystemLine,
} from "./wire.ts";

/** What one line means. */
export type ClaudeFact =
  | { readonly type: "event"; readonly event: AgentEvent }
  /** A turn is over. `isOurs` is false when no prompt began it (a background task that ended did). */
  | { readonly type: "turn"; readonly end: TurnEnd; readonly isOurs: boolean }
  /** The answer to a control request of ours; `error` holds the vendor's words. */
  | { readonly type: "reply"; readonly id: string; readonly value?: unknown; readonly error?: string }
  /** Claude asks for a service we do not have; it must be told so, or it waits. */
  | { readonly type: "unsupported"; readonly id: string; readonly subtype: string }
  | { readonly type: "garbage" };

type LineOf<T extends ClaudeLine["type"]> = Extract<ClaudeLine, { type: T }>;
type Failure = { readonly error: string | undefined; readonly status: number | null | undefined };

interface TranslatorOptions {
  /** Epoch ms; only for usage limits that name a time of day. */
  readonly now: () => number;
  /** The session to be resumed, until claude names its session itself. */
  readonly agentSession?: string;
}

/**
 * One per process. Rules: `assistant` lines are the truth and streamed text is a preview of them; `is_error` decides,
 * not `subtype`; a turn ends with `result`; unknown kinds and fields are ignored. Never throws on any line.
 */
export class ClaudeTranslator {
  readonly #now: () => number;
  readonly #blocks = new AnswerBlocks();
  /** Tool calls that were announced and have not ended, with their parent and, for a plan, its text. */
  readonly #tools = new Map<string, { parent: string | undefined; plan: string | undefined }>();
  readonly #asked = new Map<string, CanUseTool>();
  /** Limits and logins: they stay open until the next prompt is tried. */
  readonly #standing = new Set<string>();
  #facts: ClaudeFact[] = [];
  #session: string;
  #opened = "";
  #model: string | undefined;
  #mode: string | undefined;
  #spentUsd = 0;
  #contextTokens = 0;
  #failure: Failure | undefined;
  #limitEndsAt: number | undefined;
  #standingCount = 0;

  constructor(options: TranslatorOptions) {
    this.#now = options.now;
    this.#session = options.agentSession ?? "";
  }

  /** The facts of one stdout line, in order. */
  line(text: string): ClaudeFact[] {
    const line = parseLine(text);
    switch (line.type) {
      case "stream_event":
        this.#streamed(line);
        break;
      case "assistant":
        this.#said(line);
        break;
      case "user":
        this.#returned(line);
        break;
      case "system":
        this.#told(line);
        break;
      case "result":
        this.#ended(line);
        break;
      case "rate_limit_event":
        this.#limited(line);
        break;
      case "control_request":
        this.#asks(line);
        break;
      case "control_cancel_request":
        this.#withdraw(line.request_id);
        break;
      case "control_response":
        this.#replied(line);
        break;
      case "garbage":
        this.#facts.push({ type: "garbage" });
        break;
      case "unknown":
        break;
    }
    return this.#take();
  }

  /** A new prompt is about to be sent: whatever stood in its way is tried again. */
  promptStarts(): ClaudeFact[] {
    for (const key of this.#standing) this.#event({ type: "withdrawn", key });
    this.#standing.clear();
    return this.#take();
  }

  /** The output is over: nothing that is open will be finished. Idempotent. */
  finish(): ClaudeFact[] {
    this.#settle({ backgroundToo: true });
    for (const key of this.#standing) this.#event({ type: "withdrawn", key });
    this.#standing.clear();
    return this.#take();
  }

  /**
   * What to send claude for this answer; undefined for a limit or a login, which only a new prompt can try again.
   * Throws E_RESOLVED when the wait is not open, E_SCHEMA when the answer does not fit; then it stays open.
   */
  answer(key: string, answer: WaitAnswer): Decision | undefined {
    if (this.#standing.delete(key)) return undefined;
    const request = this.#asked.get(key);
    if (request === undefined) throw new AppError("E_RESOLVED");
    const decision = decide(request, answer);
    this.#asked.delete(key);
    return decision;
  }

  #streamed({ event, api_message_id: id, parent_tool_use_id }: LineOf<"stream_event">): void {
    const parent = parent_tool_use_id ?? undefined;
    const message = id ?? event.message?.id;
    if (event.type === "message_start") this.#void(this.#blocks.drop({ id: parent }));
    if (message === undefined) return;
    const { index = 0, content_block: block, delta } = event;
    if (event.type === "content_block_start" && block !== undefined) {
      const isFollowed = this.#blocks.begin({ message, index, parent }, block.type, block.id);
      if (isFollowed && block.type === "tool_use" && block.id && block.name)
        this.#toolBegins(block.id, block.name, parent);
    } else if (event.type === "content_block_delta" && delta !== undefined) {
      const type = delta.type === "thinking_delta" ? "thinking" : "text";
      const text = delta.text ?? delta.thinking ?? "";
      const messageId = text === "" ? undefined : this.#blocks.grow(message, index, text);
      if (messageId !== undefined) this.#update(chunk(type, messageId, text, parent));
    } else if (event.type === "message_stop") {
      this.#void(this.#blocks.drop({ id: parent }));
    }
  }

  #said({ message, parent_tool_use_id, ...line }: LineOf<"assistant">): void {
    if (line.is_api_error_message === true) {
      // Not an answer: the `result` that follows repeats the text and ends the turn with it.
      this.#failure = { error: line.error, status: line.api_error_status };
      return;
    }
    const parent = parent_tool_use_id ?? undefined;
    const { usage } = message;
    if (usage && parent === undefined) {
      this.#contextTokens =
        (usage.input_tokens ?? 0) +
        (usage.cache_read_input_tokens ?? 0) +
        (usage.cache_creation_input_tokens ?? 0) +
        (usage.output_tokens ?? 0);
    }
    for (const block of message.content) this.#saidBlock(message.id, block, parent);
  }

  #saidBlock(message: string, block: AssistantBlock, parent: string | undefined): void {
    if (block.type === "tool_use") {
      this.#blocks.confirm(message, parent, "tool_use", "");
      if (block.id && block.name) this.#toolAnnounced(block.id, block.name, block.input, parent);
      return;
    }
    if (block.type !== "text" && block.type !== "thinking") return;
    const text = (block.type === "text" ? block.text : block.thinking) ?? "";
    const { messageId, rest, replaces } = this.#blocks.confirm(message, parent, block.type, text);
    if (replaces !== undefined) this.#void([replaces]);
    if (rest !== "") this.#update(chunk(block.type, messageId, rest, parent));
  }

  #toolBegins(id: string, name: string, parent: string | undefined): void {
    this.#tools.set(id, { parent, plan: undefined });
    this.#update(toolStarted(id, name, parent));
  }

  #toolAnnounced(id: string, name: string, input: unknown, parent: string | undefined): void {
    const isKnown = this.#tools.has(id);
    this.#tools.set(id, { parent, plan: name === "ExitPlanMode" ? planOf(input) : undefined });
    this.#update(toolAnnounced({ toolCallId: id, name, input, parent, isKnown }));
    const entries = name === "TodoWrite" ? todosOf(input) : undefined;
    if (entries !== undefined) this.#update({ sessionUpdate: "plan", entries });
  }

  /** `user` lines bring tool results; their texts are claude's own (reminders, replays, prompts of subagents). */
  #returned({ message, parent_tool_use_id, tool_use_result: detail }: LineOf<"user">): void {
    if (typeof message.content === "string") return;
    for (const block of message.content) {
      const id = block.tool_use_id;
      if (block.type !== "tool_result" || id === undefined || !this.#tools.delete(id)) continue;
      this.#update(toolEnded(id, readOutcome(block, detail), parent_tool_use_id ?? undefined));
    }
  }

  #told(line: LineOf<"system">): void {
    if (line.subtype === "init") {
      this.#opens(line);
    } else if (line.subtype === "status") {
      this.#status(line);
    } else if (line.subtype === "compact_boundary") {
      const { pre_tokens: before, post_tokens: after } = line.compact_metadata ?? {};
      const text = before === undefined || after === undefined ? "" : `${before} → ${after} tokens`;
      this.#event({ type: "note", code: "compact", text });
    } else if (line.subtype === "api_retry") {
      this.#void(this.#blocks.drop({ id: undefined }));
      this.#event({ type: "note", code: "retry", text: retryText(line) });
    } else if (line.subtype === "informational" && line.content) {
      this.#event({ type: "note", code: line.level ?? "info", text: line.content });
    }
  }

  #status({ permissionMode: mode, compact_error: failure }: LineOf<"system">): void {
    if (failure) this.#event({ type: "note", code: "warning", text: failure });
    if (!mode || mode === this.#mode) return;
    this.#mode = mode;
    this.#update({ sessionUpdate: "current_mode_update", currentModeId: mode });
  }

  #opens({ session_id: agentSession, model, permissionMode }: LineOf<"system">): void {
    if (agentSession === undefined) return;
    const mode = permissionMode ?? undefined;
    const opened = JSON.stringify([agentSession, model, mode]);
    this.#session = agentSession;
    this.#model = model;
    this.#mode = mode;
    if (opened === this.#opened) return;
    this.#opened = opened;
    this.#event({ type: "opened", agentSession, ...(model ? { model } : {}), ...(mode ? { mode } : {}) });
  }

  #ended(line: LineOf<"result">): void {
    const end = turnEndOf(line, this.#spentUsd);
    this.#settle({ backgroundToo: end.stop === "cancelled" });
    const size = line.modelUsage?.[this.#model ?? ""]?.contextWindow;
    if (size !== undefined && this.#contextTokens > 0) {
      this.#update({ sessionUpdate: "usage_update", used: this.#contextTokens, size });
    }
    this.#spentUsd = line.total_cost_usd ?? this.#spentUsd;
    const isOurs = line.origin == null;
    if (end.stop === "error") this.#blocked(end.error ?? "", isOurs);
    this.#failure = undefined;
    this.#facts.push({ type: "turn", end, isOurs });
  }

  /** Opens the wait that a failed turn calls for: a limit that ends by itself, or a login that a person must do. */
  #blocked(text: string, isOurs: boolean): void {
    const { error, status } = this.#failure ?? {};
    if (!isOurs) this.#event({ type: "note", code: "error", text });
    // The event may speak of an allowance that others stand in for; the refusal itself decides.
    const isLimited = this.#limitEndsAt !== undefined && (error === "rate_limit" || status === 429);
    if (saysUsageLimit(text) || isLimited) {
      const until = this.#limitEndsAt ?? readLimitEnd(text, this.#now());
      this.#stand({ kind: "limit", req: JSON.stringify({ text }), ...(until === undefined ? {} : { until }) });
    } else if (error === "authentication_failed" && (status == null || text.includes("/login"))) {
      this.#stand({ kind: "login", req: JSON.stringify({ text, command: "claude auth login" }) });
    }
  }

  #stand(wait: Omit<AgentWait, "key">): void {
    this.#standingCount += 1;
    const key = `${wait.kind}-${this.#standingCount}`;
    this.#standing.add(key);
    this.#event({ type: "wait", wait: { key, ...wait } });
  }

  #limited({ rate_limit_info: { status, resetsAt } }: LineOf<"rate_limit_event">): void {
    this.#limitEndsAt = status === "rejected" && resetsAt ? resetsAt * 1000 : undefined;
  }

  #asks({ request_id: key, request }: LineOf<"control_request">): void {
    if (!isCanUseTool(request)) {
      this.#facts.push({ type: "unsupported", id: key, subtype: request.subtype });
      return;
    }
    this.#asked.set(key, request);
    const announcedPlan = this.#tools.get(request.tool_use_id)?.plan;
    this.#event({ type: "wait", wait: waitOf({ key, sessionId: this.#session, request, announcedPlan }) });
  }

  #replied({ response: { request_id: id, subtype, response, error } }: LineOf<"control_response">): void {
    if (subtype === "success") this.#facts.push({ type: "reply", id, value: response });
    else this.#facts.push({ type: "reply", id, error: error ?? subtype });
  }

  /**
   * Ends what a turn leaves open, so that nothing spins for ever. Work of subagents may outlive the turn in the
   * background, also one that failed, and still waits for answers; an interrupt ends it (both seen, 2.1.329).
   */
  #settle({ backgroundToo }: { readonly backgroundToo: boolean }): void {
    const isOver = (parent: string | undefined): boolean => backgroundToo || parent === undefined;
    for (const [key, { tool_use_id: tool }] of [...this.#asked]) {
      if (isOver(this.#tools.get(tool)?.parent)) this.#withdraw(key);
    }
    this.#void(backgroundToo ? this.#blocks.drop() : this.#blocks.drop({ id: undefined }));
    for (const [id, { parent }] of [...this.#tools]) {
      if (!isOver(parent)) continue;
      this.#tools.delete(id);
      this.#update(toolEnded(id, { status: "failed" }, parent));
    }
  }

  #withdraw(key: string): void {
    if (this.#asked.delete(key)) this.#event({ type: "withdrawn", key });
  }

  #void(blocks: readonly VoidBlock[]): void {
    for (const block of blocks) {
      const update = voided(block);
      if (block.toolId !== undefined) this.#tools.delete(block.toolId);
      if (update !== undefined) this.#update(update);
    }
  }

  #update(update: SessionUpdate): void {
    this.#event({ type: "update", params: { sessionId: this.#session, update } });
  }

  #event(event: AgentEvent): void {
    this.#facts.push({ type: "event", event });
  }

  #take(): ClaudeFact[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }
}

/** Claude's own words and numbers: status, kind, attempt, delay. */
function retryText({
  error_status: status,
  error,
  attempt,
  max_retries: most,
  retry_delay_ms: delayMs,
}: SystemLine): string {
  const cause = [status, error].filter((part) => part != null).join(" ") || "error";
  const count = attempt === undefined ? "" : `, retry ${attempt}${most === undefined ? "" : ` of ${most}`}`;
  return `${cause}${count}${delayMs === undefined ? "" : ` in ${(delayMs / 1000).toFixed(1)} s`}`;
}

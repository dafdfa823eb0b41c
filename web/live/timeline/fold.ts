// Items of a session's records to what a conversation shows. One record costs its own items, however long the session.
import {
  assertNever,
  knownItemOf,
  parseShape,
  type CommandRef,
  type Item,
  type ItemOf,
  type UnknownItem,
  type WaitId,
} from "../../../schema/index.ts";
import type { RecordRow } from "../live-store.ts";
import type { PlanStep, TimelineEntry } from "../model.ts";
import { chunkUpdate, modeUpdate, planUpdate, SILENT_UPDATES, toolUpdate } from "./acp-shapes.ts";
import type { FoldContext, FoldedWait } from "./context.ts";
import { EntryList } from "./entry-list.ts";
import { PromptQueue, type QueuedPrompt } from "./prompt-queue.ts";
import type { Splice } from "./splices.ts";
import { addOutput, foldTool, type FoldedTool } from "./tool-fold.ts";
import { outcomeOf, readRequest } from "./wait-words.ts";

type EntryOf<K extends TimelineEntry["kind"]> = Extract<TimelineEntry, { kind: K }>;

/** Where an item stands: machine time, and a name that no other item of the session has. */
interface Place {
  readonly at: number;
  readonly name: string;
}

/** Prompts that items named, since the last time it was asked. */
export interface NamedPrompt {
  readonly ref: CommandRef;
  readonly by: "user" | "turn";
}

/** The prompts that these items name. */
export function namedIn(items: readonly UnknownItem[]): NamedPrompt[] {
  return items.flatMap((raw): NamedPrompt[] => {
    const item = raw.k === "user" || raw.k === "turn" ? knownItemOf(raw) : null;
    if (item?.k === "user") return item.of === "desk" ? [] : [{ ref: item.of, by: "user" }];
    if (item?.k !== "turn") return [];
    return item.of.flatMap((of) => (of === "desk" ? [] : [{ ref: of, by: "turn" }]));
  });
}

/** One per loaded stretch of a session; start a new one when older records come. */
export class TimelineFold {
  readonly #context: FoldContext;
  readonly #list = new EntryList();
  readonly #queue = new PromptQueue();
  readonly #tools = new Map<string, FoldedTool>();
  /** Ids of those that nothing has ended yet. */
  readonly #openTools = new Set<string>();
  readonly #openWaits = new Map<WaitId, FoldedWait>();
  readonly #named: NamedPrompt[] = [];
  /** Key of the prose or thought that still grows. */
  #growing: string | null = null;
  #turn: string | null = null;
  #plan: string | null = null;
  #isDown = false;

  constructor(context: FoldContext) {
    this.#context = context;
  }

  get entries(): readonly TimelineEntry[] {
    return this.#list.entries;
  }

  /** True when a conversation entry has this key. */
  has(key: string): boolean {
    return this.#list.find(key) !== undefined;
  }

  get queued(): readonly QueuedPrompt[] {
    return this.#queue.queued;
  }

  get openWaits(): ReadonlyMap<WaitId, FoldedWait> {
    return this.#openWaits;
  }

  /** Changes since the last call. */
  takeSplices(): Splice[] {
    return this.#list.takeSplices();
  }

  /** Prompts that were named since the last call. */
  takeNamed(): NamedPrompt[] {
    return this.#named.splice(0);
  }

  /** Adds one record. Records must come in the order of their seq. */
  apply(record: RecordRow): void {
    record.items.forEach((item, index) => this.#item(item, { at: record.time, name: `${record.seq}.${index}` }));
  }

  /** This device's answers or names changed: open waits are shown again. */
  refreshWaits(): void {
    for (const wait of this.#openWaits.values()) {
      const entry = this.#list.find(`wait:${wait.wid}`);
      const view = this.#context.waitView(wait);
      if (entry?.kind !== "wait" || JSON.stringify(entry.wait) === JSON.stringify(view)) continue;
      this.#list.put({ ...entry, wait: view });
    }
  }

  #item(raw: UnknownItem, place: Place): void {
    const item = knownItemOf(raw);
    if (item === null) {
      this.#append({ kind: "unsupported", what: raw.k, key: place.name, at: place.at });
      return;
    }
    this.#known(item, place);
  }

  #known(item: Item, place: Place): void {
    const { at, name: key } = place;
    switch (item.k) {
      case "acp":
        this.#update(item, place);
        break;
      case "user":
        this.#queue.add(item, at, key);
        if (item.of !== "desk") this.#named.push({ ref: item.of, by: "user" });
        break;
      case "unqueued":
        this.#queue.change(item);
        break;
      case "turn":
        this.#turnStarts(item, place);
        break;
      case "turnend":
        this.#turnEnds(item, place);
        break;
      case "wait":
        this.#waitOpens(item, at);
        break;
      case "waitdone":
        this.#waitCloses(item, at);
        break;
      case "state":
        this.#state(item, place);
        break;
      case "note":
        if (item.code === "error" || item.code === "E_AGENT") this.#error(key, at, item.text ?? item.code);
        else this.#note(item, place);
        break;
      case "cmd":
        this.#command(item, place);
        break;
      case "blob":
        this.#append({ kind: "unsupported", key, at, what: `${item.mime} of ${item.size} bytes` });
        break;
      case "pty":
        break; // terminals have a screen of their own
      default:
        assertNever(item);
    }
  }

  #note({ code, text = "", d }: ItemOf<"note">, { at, name: key }: Place): void {
    this.#append({ kind: "note", key, at, code, text, ...(d === undefined ? {} : { device: d }) });
  }

  #command({ by, op, status, text, s, d, root }: ItemOf<"cmd">, { at, name: key }: Place): void {
    const subject = { session: s ?? null, device: d ?? null, root: root ?? null };
    this.#append({ kind: "command", key, at, by, op, status, code: text ?? null, ...subject });
  }

  #update(item: ItemOf<"acp">, place: Place): void {
    const { update } = item.u;
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
        this.#chunk("prose", update, place);
        break;
      case "agent_thought_chunk":
        this.#chunk("thought", update, place);
        break;
      case "tool_call":
      case "tool_call_update":
        this.#tool(update, place);
        break;
      case "plan":
        this.#planned(update, place);
        break;
      case "current_mode_update": {
        const parsed = modeUpdate.safeParse(update);
        if (parsed.success)
          this.#append({ kind: "mode", key: place.name, at: place.at, mode: parsed.data.currentModeId });
        break;
      }
      default:
        if (SILENT_UPDATES.has(update.sessionUpdate)) return;
        this.#append({ kind: "unsupported", key: place.name, at: place.at, what: update.sessionUpdate });
    }
  }

  #chunk(kind: "prose" | "thought", update: unknown, { at, name }: Place): void {
    const { messageId, content, _meta: meta } = parseShape(update, chunkUpdate);
    const named = messageId == null ? null : `${kind}:${messageId}`;
    if (meta?.kelpie?.void === true) {
      if (named !== null) this.#list.remove(named);
      if (this.#growing === named) this.#growing = null;
      return;
    }
    const text = content?.text ?? (content == null ? "" : `[${content.type}]`);
    if (text === "") return;
    const parent = this.#tools.get(meta?.claudeCode?.parentToolUseId ?? "");
    if (parent !== undefined) {
      if (kind === "prose") this.#putTool(addOutput(parent, text), at);
      return;
    }
    const entry = this.#growingEntry(kind, named);
    if (entry === null) {
      const key = named ?? name;
      if (kind === "prose") this.#append({ kind, key, at, text, streaming: true });
      else this.#append({ kind, key, at, text, ms: null, streaming: true });
      this.#growing = key;
      return;
    }
    if (this.#growing !== entry.key) this.#settle(at);
    this.#growing = entry.key;
    const more = { text: entry.text + text, streaming: true };
    this.#list.put(entry.kind === "prose" ? { ...entry, ...more } : { ...entry, ...more, ms: null });
  }

  /** The entry that a chunk continues: of the same message, or, where agents name none, the one right before it. */
  #growingEntry(kind: "prose" | "thought", named: string | null): EntryOf<"prose"> | EntryOf<"thought"> | null {
    const entry = this.#list.find(named ?? this.#growing ?? "");
    if (entry === undefined || (entry.kind !== "prose" && entry.kind !== "thought") || entry.kind !== kind) return null;
    const isUnnamed = !entry.key.startsWith(`${kind}:`);
    return named !== null || isUnnamed ? entry : null;
  }

  #tool(update: unknown, { at, name }: Place): void {
    const parsed = toolUpdate.safeParse(update);
    if (!parsed.success) {
      this.#append({ kind: "unsupported", key: name, at, what: "tool_call" });
      return;
    }
    const { toolCallId, _meta: meta } = parsed.data;
    if (meta?.kelpie?.void === true) {
      this.#tools.delete(toolCallId);
      this.#openTools.delete(toolCallId);
      this.#list.remove(`tool:${toolCallId}`);
      return;
    }
    this.#putTool(foldTool(this.#tools.get(toolCallId) ?? null, parsed.data, at), at);
  }

  #putTool(tool: FoldedTool, at: number): void {
    const { id, status } = tool.view;
    this.#tools.set(id, tool);
    if (status === "pending" || status === "in_progress") this.#openTools.add(id);
    else this.#openTools.delete(id);
    const key = `tool:${id}`;
    const before = this.#list.find(key);
    if (before === undefined) this.#append({ kind: "tool", key, at, tool: tool.view });
    else this.#list.put({ kind: "tool", key, at: before.at, tool: tool.view });
  }

  #planned(update: unknown, { at, name }: Place): void {
    const parsed = planUpdate.safeParse(update);
    if (!parsed.success) return;
    const steps = parsed.data.entries.map(({ content, status }) => ({ text: content, status }));
    const before = this.#plan === null ? undefined : this.#list.find(this.#plan);
    if (before?.kind === "plan") {
      this.#list.put({ ...before, steps });
      return;
    }
    this.#plan = `plan:${name}`;
    this.#append({ kind: "plan", key: this.#plan, at, steps });
  }

  #turnStarts({ t, of }: ItemOf<"turn">, { at }: Place): void {
    this.#turn = `turn:${t}`;
    this.#plan = null;
    this.#append({ kind: "turn", key: this.#turn, at, turn: t, end: null });
    for (const origin of of) {
      const prompt = this.#queue.take(origin);
      if (origin !== "desk") this.#named.push({ ref: origin, by: "turn" });
      // Read now, however long it stood in the queue.
      if (prompt !== null) this.#append({ ...this.promptEntry(prompt, "agent"), at });
    }
  }

  /** A prompt as its bubble: `agent` once a turn took it, `machine` while it waits in the queue. */
  promptEntry({ of, key, at, blocks }: QueuedPrompt, delivery: "agent" | "machine"): EntryOf<"user"> {
    const command = of === "desk" ? null : this.#context.ownCommand(of);
    const by = command === null ? this.#context.nameOf(of === "desk" ? "desk" : of[0]) : null;
    return { kind: "user", key, at, blocks, delivery, refusal: null, command, by, queued: delivery === "machine" };
  }

  #turnEnds({ t, stop, usage, error }: ItemOf<"turnend">, { at, name }: Place): void {
    this.#settle(at);
    const turn = this.#list.find(`turn:${t}`);
    if (turn?.kind === "turn") {
      this.#list.put({ ...turn, end: { at, stop, ...(usage === undefined ? {} : { usage }) } });
    }
    this.#leaveUnfinished(at);
    if (error !== undefined) this.#error(name, at, error);
    this.#turn = null;
  }

  /** What nobody has ended is not said to run on. Should it go on all the same, its next update says so. */
  #leaveUnfinished(at: number): void {
    for (const tool of [...this.#openTools].map((id) => this.#tools.get(id))) {
      if (tool !== undefined) this.#putTool({ ...tool, view: { ...tool.view, status: "unfinished" } }, at);
    }
    const plan = this.#plan === null ? undefined : this.#list.find(this.#plan);
    if (plan?.kind !== "plan" || !plan.steps.some(isInProgress)) return;
    const steps = plan.steps.map((step) => (isInProgress(step) ? { ...step, status: "unfinished" as const } : step));
    this.#list.put({ ...plan, steps });
  }

  /** The end of a turn and the end of its agent may give the same words: they are said once. */
  #error(key: string, at: number, text: string): void {
    const before = this.#list.entries.at(-1);
    if (before?.kind !== "error" || before.text !== text) this.#append({ kind: "error", key, at, text });
  }

  #waitOpens({ wid, kind, req, until }: ItemOf<"wait">, at: number): void {
    const wait: FoldedWait = { wid, kind, req, request: readRequest(kind, req), since: at, until };
    this.#openWaits.set(wid, wait);
    this.#append({ kind: "wait", key: `wait:${wid}`, at, wait: this.#context.waitView(wait), done: null });
  }

  #waitCloses({ wid, by, answer }: ItemOf<"waitdone">, at: number): void {
    const entry = this.#list.find(`wait:${wid}`);
    this.#openWaits.delete(wid);
    if (entry?.kind !== "wait") return;
    const done = { at, by: this.#context.nameOf(by), answer, outcome: outcomeOf(entry.wait.request, by, answer) };
    this.#list.put({ ...entry, wait: { ...entry.wait, answering: null }, done });
  }

  /** Only what a reader would miss: that the agent is gone, and that it is back. */
  #state({ s, why }: ItemOf<"state">, { at, name }: Place): void {
    const wasDown = this.#isDown;
    this.#isDown = s === "ended" || s === "interrupted";
    if (this.#isDown) this.#settle(at);
    if (this.#isDown || (wasDown && s === "starting")) {
      this.#append({ kind: "state", key: name, at, state: s, why: why ?? null });
    }
  }

  #append(entry: TimelineEntry): void {
    this.#settle(entry.at);
    this.#list.append(entry);
  }

  /** What grew is complete: something else follows it. */
  #settle(at: number): void {
    const entry = this.#growing === null ? undefined : this.#list.find(this.#growing);
    this.#growing = null;
    if (entry?.kind === "prose") this.#list.put({ ...entry, streaming: false });
    else if (entry?.kind === "thought") this.#list.put({ ...entry, streaming: false, ms: at - entry.at });
  }
}

function isInProgress({ status }: PlanStep): boolean {
  return status === "in_progress";
}

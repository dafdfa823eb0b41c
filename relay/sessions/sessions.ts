// All sessions of the machine: start one, find one, one writer per working tree, and what an earlier boot left behind.
import {
  AppError,
  type ArgsOf,
  type CommandRef,
  type Item,
  DISK_FREE_MIN_BYTES,
  MACHINE_SESSION,
  type PromptBlock,
  randomId,
  type SessionId,
  SESSIONS_PER_MACHINE,
} from "../../schema/index.ts";
import type { HostRef } from "../agents/driver.ts";
import { killMarked } from "../agents/marked-processes.ts";
import { settlesWithin } from "../agents/deadline.ts";
import { kelpie } from "../command-name.ts";
import { failpoint } from "../failpoint.ts";
import { endLeftover, type Leftover } from "./leftovers.ts";
import type { ProjectsPort, Workspace } from "./projects-port.ts";
import { checkPrompt } from "./prompt-blocks.ts";
import { Session } from "./session.ts";
import { CLOSE_ALL_MS, PRUNE_EVERY_MS, TAKEN_PROMPT_MS } from "./session-limits.ts";
import type { SessionParts } from "./session-parts.ts";
import type { SessionRow } from "./session-rows.ts";

/** What local policy says about sessions. */
export interface SessionPolicy {
  /** Agents that may be started. */
  isAgentAllowed(agent: string): boolean;
  /** Modes a device may choose for an agent. */
  isModeAllowed(agent: string, mode: string): boolean;
}

export interface SessionsOptions {
  readonly parts: SessionParts;
  readonly projects: ProjectsPort;
  readonly policy: SessionPolicy;
  /** Free bytes where the state folder is. */
  readonly diskFreeBytes: () => Promise<number>;
  /** Ends an agent of an earlier boot. Default: endLeftover. */
  readonly endLeftover?: (leftover: Leftover) => Promise<boolean>;
  /** Ends whatever carries the mark of an earlier boot's run. Default: killMarked. */
  readonly endMarked?: (mark: string) => Promise<void>;
}

type Origin = CommandRef | "desk";

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<SessionId, Session>();
  #cancelPruning: () => void = () => undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    options.parts.log.onPlaced((s, json, seq) => {
      const item: Item = JSON.parse(json); // our own, kept by the log
      if (item.k === "wait") this.get(s).waits.placed(item.wid, seq);
    });
  }

  /**
   * Once, before any command runs: finds the agents of earlier boots that outlived them, ends what is left of the others,
   * and says interrupted of every session that was live and is not, exactly once. Those can be resumed.
   */
  async recover(): Promise<void> {
    const { parts } = this.#options;
    const end = this.#options.endLeftover ?? endLeftover;
    const endMarked = this.#options.endMarked ?? killMarked;
    const live = parts.rows.live();
    failpoint("recover.begun");
    const kept = await this.#adoptable(live);
    const rows = live.filter((row) => !kept.has(row));
    await Promise.all(
      rows.map(async ({ pid, pidStart, mark, host }) => {
        if (host !== undefined) await end({ pid: host.pid, pidStart: host.start });
        if (pid !== undefined && pidStart !== undefined) await end({ pid, pidStart });
        // One killed while it was being opened, and what an agent that is gone had started.
        if (mark !== undefined) await endMarked(mark);
      }),
    );
    failpoint("recover.swept");
    const untold = parts.rows.untoldHeads().map((row) => this.#load(row));
    const left = rows.map((row) => this.#load(row));
    for (const wait of parts.waits.untold()) this.get(wait.s).waits.retell(wait);
    for (const session of left) session.writeOff();
    const adopted = [...kept].map(([row, host]) => {
      const session = this.#load(row);
      return { session, done: session.adopt({ host, from: parts.rows.takenOf(row.s) }) };
    });
    for (const prompt of parts.prompts.untold()) this.get(prompt.s).prompts.retell(prompt);
    await parts.log.flush();
    for (const session of [...left, ...untold, ...adopted.map((each) => each.session)]) await session.refresh();
    // A command that comes next is for an agent that is there.
    await Promise.all(adopted.map(({ done }) => done));
    failpoint("recover.adopted");
    this.#prune();
  }

  async #adoptable(rows: readonly SessionRow[]): Promise<ReadonlyMap<SessionRow, HostRef>> {
    const found = new Map<SessionRow, HostRef>();
    for (const row of rows) {
      const driver = row.host === undefined ? undefined : await this.#options.parts.driver(row.agent);
      if (row.host !== undefined && driver?.adopt !== undefined && row.pid !== undefined) found.set(row, row.host);
    }
    return found;
  }

  /** Records of a session that this journal had lost are back: its turns are counted behind theirs. */
  takenBack(s: SessionId, turn: number): void {
    if (this.#options.parts.rows.get(s) !== null) this.get(s).countFrom(turn);
  }

  /** E_NOT_FOUND for a session nobody knows. */
  get(s: SessionId): Session {
    const known = this.#sessions.get(s);
    if (known !== undefined) return known;
    const row = this.#options.parts.rows.get(s);
    if (row === null) throw new AppError("E_NOT_FOUND", { reason: "no such session" });
    return this.#load(row);
  }

  /**
   * Starts a session; resolves with its id once its row, its first items and its first prompt are committed. What goes
   * wrong with the agent afterwards is shown in the session. E_SCHEMA, E_POLICY, E_NOT_FOUND, E_BUSY, E_DISK, E_GIT.
   */
  async start(args: ArgsOf<"session.start">, ref: Origin): Promise<{ s: SessionId }> {
    const { parts, projects } = this.#options;
    const { agent, blocks } = args;
    if (blocks !== undefined) checkPrompt(blocks);
    this.#requirePolicy(agent, args.mode);
    if ((await parts.driver(agent)) === undefined) throw noAgent(agent);
    await this.#requireDisk();
    this.#requireRoom();
    // Before a worktree is made: nothing of a project nobody trusts may run.
    await projects.requireTrust(args.root);
    if (args.worktree === undefined) this.#requireFree((await projects.workspace(args.root)).tree);
    const workspace = await (args.worktree === undefined
      ? projects.workspace(args.root)
      : projects.addWorktree(args.root, args.worktree));
    await projects.requireTrust(workspace.root);
    // From the check to the new session's place in the map nothing awaits: two starts cannot both pass.
    this.#requireFree(workspace.tree);
    const session = this.#load(newRow({ args, workspace, ref, now: parts.clock.now() }));
    parts.log.begin(session.s);
    session.start();
    if (blocks !== undefined) await session.enqueue(ref, blocks);
    else await parts.log.flush();
    return { s: session.s };
  }

  /**
   * A new session that continues a copy of another one's conversation, in the same folder, from its newest record `q`.
   * E_NOT_FOUND, E_BUSY while the other one runs, E_POLICY, E_DISK; E_AGENT, in words, for an agent that cannot do that.
   */
  async fork(s: SessionId, q: number, ref: Origin): Promise<{ s: SessionId }> {
    const { parts } = this.#options;
    const from = this.get(s);
    const { agent } = from.row;
    const forkOf = from.row.turn === 0 ? undefined : from.row.agentSession;
    if ((await parts.driver(agent))?.canFork !== true) throw noFork(`${agent} cannot fork a conversation here.`);
    if (forkOf === undefined) throw noFork("There is no conversation to fork yet.");
    if (parts.log.head(s)?.seq !== q) throw noFork(`${agent} can only fork a conversation from its newest point.`);
    this.#requirePolicy(agent, from.row.mode);
    this.#requireRoom();
    // Two agents must not write in one folder, and this one has to work where the conversation was.
    if (!(await this.#prepareStart(from))) this.#requireFree(treeOf(from.row));
    const session = this.#load(forkedRow(from.row, { forkOf, ref, now: parts.clock.now() }));
    parts.log.begin(session.s);
    session.start({ code: "fork", text: `This goes on from a copy of "${from.row.title}".` });
    await parts.log.flush();
    return { s: session.s };
  }

  /** Queues a prompt; a session at rest is started again, because that is what sending to it means. */
  async prompt(s: SessionId, blocks: readonly PromptBlock[], ref: Origin): Promise<{ before: number }> {
    checkPrompt(blocks);
    const session = this.get(s);
    const isAtRest = await this.#prepareStart(session);
    const queued = session.enqueue(ref, blocks);
    if (isAtRest) session.start();
    return queued;
  }

  /** Starts the agent again where it is down; lets a held queue go on where it is up. E_BUSY, E_POLICY, E_DISK. */
  async resume(s: SessionId): Promise<void> {
    const session = this.get(s);
    if (await this.#prepareStart(session)) session.start();
    else session.resume();
  }

  /** E_POLICY when local policy does not allow the mode, E_AGENT when the agent does not. */
  async setMode(s: SessionId, mode: string): Promise<void> {
    const session = this.get(s);
    this.#requireMode(session.row.agent, mode);
    await session.setMode(mode);
  }

  /**
   * The relay ends: every agent too. Resolves when none of their processes is left, or after CLOSE_ALL_MS: one that is
   * still being opened then meets a closed pipe.
   */
  async close(): Promise<void> {
    this.#cancelPruning();
    await settlesWithin(Promise.all([...this.#sessions.values()].map((session) => session.interrupt())), CLOSE_ALL_MS);
  }

  /** The relay ends and the agents stay, for the next relay to find. */
  async leave(): Promise<void> {
    this.#cancelPruning();
    await settlesWithin(Promise.all([...this.#sessions.values()].map((session) => session.leave())), CLOSE_ALL_MS);
    await this.#options.parts.log.flush();
  }

  /** True when the session is down and everything that starting it asks for is given. */
  async #prepareStart(session: Session): Promise<boolean> {
    const isAtRest = (): boolean => session.status === "ended" || session.status === "interrupted";
    if (!isAtRest()) return false;
    const { root } = session.row;
    await this.#options.projects.workspace(root);
    await this.#options.projects.requireTrust(root);
    await this.#requireDisk();
    // Another command may have started it meanwhile.
    if (!isAtRest()) return false;
    this.#requireFree(treeOf(session.row), session.s);
    return true;
  }

  #load(row: SessionRow): Session {
    const session = new Session(this.#options.parts, row);
    this.#sessions.set(row.s, session);
    return session;
  }

  /** One writer per working tree; who has it is named. */
  #requireFree(tree: string, except?: SessionId): void {
    for (const { s, row, status } of this.#sessions.values()) {
      if (s === except || treeOf(row) !== tree || status === "ended" || status === "interrupted") continue;
      throw new AppError("E_BUSY", {
        reason: `"${row.title}" works in this folder`,
        session: s,
        title: row.title,
        next: "Work in a new worktree, or stop that session first.",
      });
    }
  }

  #requirePolicy(agent: string, mode: string | undefined): void {
    if (!this.#options.policy.isAgentAllowed(agent)) {
      throw new AppError("E_POLICY", { reason: `${agent} may not be started here`, next: "Allow it on the machine." });
    }
    this.#requireMode(agent, mode);
  }

  #requireRoom(): void {
    if (this.#options.parts.rows.count() < SESSIONS_PER_MACHINE) return;
    throw new AppError("E_BUSY", { reason: `there are ${SESSIONS_PER_MACHINE} sessions on this machine` });
  }

  #requireMode(agent: string, mode: string | undefined): void {
    if (mode === undefined || this.#options.policy.isModeAllowed(agent, mode)) return;
    throw new AppError("E_POLICY", { reason: `mode ${mode} is not allowed here`, next: "Allow it on the machine." });
  }

  async #requireDisk(): Promise<void> {
    const freeBytes = await this.#options.diskFreeBytes();
    if (freeBytes >= DISK_FREE_MIN_BYTES) return;
    throw new AppError("E_DISK", { reason: "the machine's disk is almost full", freeBytes, next: "Free some space." });
  }

  /** The clock stands still while the machine sleeps: then it is later, and at the latest at the next start. */
  #prune(): void {
    const { clock, prompts, report } = this.#options.parts;
    try {
      prompts.prune(clock.now() - TAKEN_PROMPT_MS);
    } catch (error) {
      // The disk refuses: what is too old stays for another day.
      report(error, MACHINE_SESSION);
    }
    this.#cancelPruning = clock.setTimer(() => this.#prune(), PRUNE_EVERY_MS);
  }
}

interface NewSession {
  readonly args: ArgsOf<"session.start">;
  readonly workspace: Workspace;
  readonly ref: Origin;
  readonly now: number;
}

function newRow({ args, workspace, ref, now }: NewSession): SessionRow {
  return {
    s: randomId<SessionId>(),
    state: "live",
    ref,
    root: workspace.root,
    project: workspace.project,
    cwd: workspace.path,
    tree: workspace.tree,
    agent: args.agent,
    model: args.model,
    mode: args.mode,
    title: args.title ?? "New session",
    isTitled: args.title !== undefined,
    created: now,
    since: now,
    turn: 0,
    isTurnOpen: false,
    isHeld: false,
    isArchived: false,
    last: "",
  };
}

/** A session of its own, with nothing of the other's life but what it works with. */
function forkedRow(
  { root, project, cwd, tree = cwd, agent, model, mode, title }: SessionRow,
  { forkOf, ref, now }: { readonly forkOf: string; readonly ref: Origin; readonly now: number },
): SessionRow {
  const workspace = { root, project, path: cwd, tree };
  const args = { root, agent, title: `${title} (copy)`, ...(model === undefined ? {} : { model }) };
  return { ...newRow({ args, workspace, ref, now }), mode, forkOf };
}

function treeOf({ tree, cwd }: Pick<SessionRow, "tree" | "cwd">): string {
  return tree ?? cwd;
}

function noAgent(agent: string): AppError {
  return new AppError("E_NOT_FOUND", {
    reason: `there is no agent "${agent}" on this machine`,
    next: `Choose another; "${kelpie("doctor")}" lists them.`,
  });
}

function noFork(text: string): AppError {
  return new AppError("E_AGENT", { reason: "no-fork", text, next: "Start a new session in a new worktree." });
}

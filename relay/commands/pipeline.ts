// The pipeline of protocol section 8: authenticate, dedupe, authorise, dispatch, answer. The window, not the clock, is the
// defence against replays: every verdict is committed before anybody hears of it.
import {
  AppError,
  FINALS_KEPT_MS,
  isFrame,
  isOperation,
  MACHINE_SESSION,
  OPERATIONS,
  parseFrame,
  type ArgsOf,
  type BootId,
  type Bytes,
  type CommandRef,
  type DataOf,
  type DeviceId,
  type ErrorCode,
  type Frame,
  type Hash,
  type ItemOf,
  type MachineId,
  type OperationName,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { failpoint } from "../failpoint.ts";
import type { Database } from "../journal/database.ts";
import type { SessionLog } from "../journal/ports.ts";
import type { Device, Devices } from "../trust/ports.ts";
import { Serial } from "../trust/serial.ts";
import { verdictItem, type Judged } from "./audit-items.ts";
import { authorise, narrowed } from "./authorise.ts";
import {
  findCommand,
  insertCommand,
  loadWindow,
  openCommands,
  pruneFinals,
  saveWindow,
  setFinal,
  setRunning,
  type CommandKey,
  type CommandRow,
} from "./command-table.ts";
import { LiveRows } from "./live-rows.ts";
import { commandFrame, openCommand, type Opened } from "./open-command.ts";
import type { Policy } from "./policy.ts";
import type { CommandAnswers, CommandContext, Commands, Handlers, Recover } from "./ports.ts";
import { EMPTY_WINDOW, isUsed, marked, type ReplayWindow } from "./replay-window.ts";
import { failure, sealResult, type Outcome } from "./results.ts";
import { persistently } from "./persistently.ts";
import { isTask, judge, LIVE_CLASS, refuseUnstored, taskOf, type Task } from "./verdict.ts";

/** What the pipeline works with. */
export interface PipelineParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly machine: MachineId;
  readonly boot: BootId;
  readonly devices: Devices;
  readonly log: Pick<SessionLog, "keep" | "hashAt">;
  readonly policy: () => Policy;
  readonly handlers: Handlers;
  readonly recover: Recover;
  readonly answers: CommandAnswers;
  /** Defects and full disks; `id` is what the device was told. */
  readonly report: (error: unknown, id?: string) => void;
}

/** Commands of one device waiting to be looked at; more are dropped, and come again with the device's next retry. */
const LANE_LENGTH = 1024;
const PRUNE_EVERY_MS = 3_600_000;

/** What a command ends as, and where that is kept. */
interface Concluded {
  readonly key: CommandKey;
  readonly hash: Hash;
  readonly task: Judged;
  readonly kind: "live" | "durable";
}

/** A plaintext that is none. */
const SHAPELESS: Judged = { op: "", args: null };
const DISK_REFUSED: Outcome = { status: "failed", code: "E_DISK" };

/** Commands of one boot. Frames of one device are looked at in the order they come; operations do not wait for each other. */
export class Pipeline implements Commands {
  readonly #parts: PipelineParts;
  readonly #lanes = new Map<DeviceId, { readonly serial: Serial; waiting: number }>();
  readonly #windows = new Map<DeviceId, { readonly created: number; readonly g: number; window: ReplayWindow }>();
  readonly #live = new LiveRows();
  #dropped = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  /** Frames that were not for us, did not open, or came from nobody we trust. */
  dropped(): number {
    return this.#dropped;
  }

  async receive(bytes: Bytes): Promise<void> {
    const { machine, devices } = this.#parts;
    const frame = commandFrame(bytes, machine, devices);
    if (frame === null) return this.#drop();
    const lane = this.#lanes.get(frame.header.d) ?? { serial: new Serial(), waiting: 0 };
    if (lane.waiting >= LANE_LENGTH) return this.#drop();
    this.#lanes.set(frame.header.d, lane);
    lane.waiting++;
    try {
      await lane.serial.run(() => this.#handle(frame));
    } catch (error) {
      // Nothing was stored, so nothing was answered: the device's retry finds the disk better, or the defect again.
      this.#parts.report(error);
    } finally {
      lane.waiting--;
    }
  }

  async desk<N extends OperationName>(op: N, args: ArgsOf<N>): Promise<DataOf<N>> {
    const { handlers } = this.#parts;
    const checked = taskOf(op, args);
    if (!isTask(checked)) {
      this.#noteDesk(op, args, checked);
      throw new AppError(checked.code, { reason: checked.text });
    }
    const context: CommandContext = { by: "desk", ref: "desk", scope: "admin", shell: true };
    return this.asDesk(op, args, () => handlers[op](args, context));
  }

  async asDesk<T>(op: OperationName, args: unknown, run: () => Promise<T>): Promise<T> {
    try {
      const data = await run();
      this.#noteDesk(op, args, { status: "done", data });
      return data;
    } catch (error) {
      this.#noteDesk(op, args, { status: "failed", code: error instanceof AppError ? error.code : "E_INTERNAL" });
      throw error;
    }
  }

  async recover(): Promise<void> {
    const { db } = this.#parts;
    this.#prune();
    for (const row of openCommands(db)) {
      failpoint("recover.commands");
      await this.#recoverOne(row);
    }
  }

  async setBack(used: readonly CommandRef[]): Promise<void> {
    const { db, devices } = this.#parts;
    for (const row of openCommands(db))
      await this.#conclude((await this.#left(row)).closed, { status: "indeterminate" });
    for (const device of devices.list()) {
      const counters = used.filter(([d, g]) => d === device.d && g === device.g).map(([, , ctr]) => ctr);
      const before = this.#window(device);
      const window = counters.reduce((seen, ctr) => (isUsed(seen, ctr) ? seen : marked(seen, ctr)), before);
      if (counters.length > 0) db.transaction(() => saveWindow(db, device.d, window));
      this.#windows.set(device.d, { created: device.created, g: device.g, window });
    }
  }

  /** Ends the timer. */
  stop(): void {
    this.#cancelTimer();
  }

  #drop(): void {
    this.#dropped++;
  }

  async #handle(frame: Frame<"CMD">): Promise<void> {
    const opened = await openCommand(frame, this.#parts.devices);
    if (opened === null) return this.#drop();
    const { key, hash, device } = opened;
    if (device.state === "held" || (device.mustRekey && opened.plain?.op !== "device.rekey")) {
      return this.#refuse(opened, "E_REKEY");
    }
    const row = findCommand(this.#parts.db, key) ?? this.#live.get(key);
    if (row !== null) return row.hash === hash ? this.#repeat(frame, row.res) : this.#refuse(opened, "E_CTR_REUSED");
    failpoint("command.opened");
    const refused = refuseUnstored(frame.header, this.#window(device), this.#parts.boot);
    if (refused !== null) return this.#refuse(opened, refused);
    await this.#judge(opened);
  }

  #repeat(frame: Frame<"CMD">, res: Bytes | null): void {
    const { d, g, ctr } = frame.header;
    if (res !== null) this.#parts.answers.send(res);
    if (frame.header.class !== LIVE_CLASS) this.#parts.answers.got(d, g, ctr);
  }

  /** A refusal that leaves no trace. */
  async #refuse({ key, hash, device }: Opened, code: ErrorCode): Promise<void> {
    const { hi } = this.#window(device);
    const res = await this.#seal(key, hash, hi, 1, { status: "rejected", code });
    if (res !== null) this.#parts.answers.send(res);
  }

  async #judge(opened: Opened): Promise<void> {
    const { clock, policy, log, answers, db } = this.#parts;
    const { key, frame, hash, plain, device } = opened;
    const verdict = judge(frame.header, plain, {
      now: clock.now(),
      rights: device,
      policy: policy(),
      hashAt: (session, seq) => log.hashAt(session, seq),
    });
    const isLive = frame.header.class === LIVE_CLASS;
    const window = marked(this.#window(device), key.ctr);
    const outcome: Outcome = isTask(verdict) ? { status: "accepted" } : verdict;
    const res = isLive && isTask(verdict) ? null : await this.#seal(key, hash, window.hi, 1, outcome);
    if (!this.#isStill(device)) return this.#drop();
    const item = isTask(verdict) ? null : verdictItem(key, plain ?? SHAPELESS, verdict);
    let follow = (): void => undefined;
    if (isLive) {
      follow = db.transaction(() => this.#keep(item));
      this.#live.add(key, hash);
    } else {
      const state = isTask(verdict) ? "accepted" : "final";
      const row = {
        ...key,
        hash,
        state,
        op: plain?.op ?? "",
        frame: isTask(verdict) ? frame.bytes : null,
        res,
      } as const;
      follow = db.transaction(() => {
        insertCommand(db, row, clock.now());
        saveWindow(db, key.d, window);
        return this.#keep(item);
      });
      failpoint("command.accepted");
      answers.got(key.d, key.g, key.ctr);
      failpoint("command.got");
    }
    follow();
    this.#windows.set(key.d, { created: device.created, g: key.g, window });
    if (res !== null) answers.send(res);
    if (!isTask(verdict)) {
      if (isLive && res !== null) this.#live.answer(key, res);
      return;
    }
    if (isLive || this.#isRunning(key)) void this.#run(opened, verdict);
    // It is accepted, and nothing of it has begun: it must not stay so until the next start.
    else void this.#conclude({ key, hash, task: verdict, kind: "durable" }, DISK_REFUSED).catch(this.#parts.report);
  }

  /** Commits `running`; false when the disk refused it. */
  #isRunning(key: CommandKey): boolean {
    try {
      setRunning(this.#parts.db, key);
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#parts.report(error);
      return false;
    }
  }

  /** Runs one operation to its end; never rejects. The caller has committed `running`. */
  async #run(opened: Opened, task: Task): Promise<void> {
    const { handlers, policy, report } = this.#parts;
    const { key, hash, plain, device } = opened;
    const rights = narrowed(device, policy());
    const seen = plain?.seen;
    const context: CommandContext = {
      by: key.d,
      ref: [key.d, key.g, key.ctr],
      hash,
      ...rights,
      ...(seen === undefined ? {} : { seen }),
    };
    failpoint("command.running");
    let outcome: Outcome;
    try {
      outcome = { status: "done", data: await dispatch(handlers, task, context) };
    } catch (error) {
      outcome = failure(error, report);
    }
    failpoint("command.effect");
    const kind = opened.frame.header.class === LIVE_CLASS ? "live" : "durable";
    try {
      await this.#conclude({ key, hash, task, kind }, outcome);
    } catch (error) {
      report(error);
    }
  }

  /** Seals the last word, commits it, then sends it. A revoked device gets nothing, its row is closed all the same. */
  async #conclude({ key, hash, task, kind }: Concluded, outcome: Outcome): Promise<void> {
    const { db, clock, answers, devices } = this.#parts;
    const device = devices.get(key.d);
    const hi = device === null ? key.ctr : this.#window(device).hi;
    const res = await this.#seal(key, hash, hi, kind === "live" ? 1 : 2, outcome);
    const item = verdictItem(key, task, outcome);
    if (kind === "durable" || item !== null) {
      await persistently(this.#parts, () => {
        if (kind === "durable") setFinal(db, key, res, clock.now());
        return this.#keep(item);
      });
    }
    failpoint("command.final");
    if (kind === "live" && res !== null) this.#live.answer(key, res);
    if (res !== null) answers.send(res);
    failpoint("command.answered");
  }

  async #recoverOne(row: CommandRow): Promise<void> {
    const { db, devices, policy, recover } = this.#parts;
    const device = devices.get(row.d);
    const { opened, closed } = await this.#left(row);
    if (opened === null || device === null) {
      const status = row.state === "accepted" ? "rejected" : "indeterminate";
      return this.#conclude(closed, { status, code: "E_REVOKED" });
    }
    const task = isOperation(row.op) ? taskOf(row.op, closed.task.args) : null;
    if (task === null || !isTask(task)) return this.#conclude(closed, { status: "rejected", code: "E_SCHEMA" });
    const denied = authorise(task.op, device, policy());
    if (denied !== null) return this.#conclude(closed, { status: "rejected", code: denied });
    if (row.state === "accepted" || OPERATIONS[task.op].idempotent) {
      setRunning(db, row);
      void this.#run(opened, task);
      return;
    }
    const data = recover(task.op, [row.d, row.g, row.ctr]);
    await this.#conclude(closed, data == null ? { status: "indeterminate" } : { status: "done", data });
  }

  /** What an earlier boot left open, and what its end is told of. */
  async #left(row: CommandRow): Promise<{ readonly opened: Opened | null; readonly closed: Concluded }> {
    const { d, g, ctr, hash, op } = row;
    const opened = row.frame === null ? null : await this.#reopen(row, row.frame);
    const closed = { key: { d, g, ctr }, hash, task: { op, args: opened?.plain?.args }, kind: "durable" } as const;
    return { opened, closed };
  }

  /** The command of a row; null when its device is not active any more. */
  async #reopen(row: CommandRow, bytes: Bytes): Promise<Opened | null> {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "CMD") || this.#parts.devices.get(row.d)?.state !== "active") return null;
    return openCommand(frame, this.#parts.devices);
  }

  async #seal(key: CommandKey, h: Hash, hi: number, n: number, outcome: Outcome): Promise<Bytes | null> {
    const { machine, devices } = this.#parts;
    const keys = await devices.keys(key.d, key.g);
    return keys === null
      ? null
      : sealResult(machine, { d: key.d, g: key.g, ctr: key.ctr }, keys.res, { h, hi, n, outcome });
  }

  /** True when the device is what it was when its frame was opened: not revoked, not paired anew. */
  #isStill(device: Device): boolean {
    const now = this.#parts.devices.get(device.d);
    return now?.state === "active" && now.g === device.g && now.created === device.created;
  }

  #window(device: Device): ReplayWindow {
    const known = this.#windows.get(device.d);
    // Paired again, or under its next root, a device counts from 1 under new keys.
    if (known?.created === device.created && known.g === device.g) return known.window;
    const window = loadWindow(this.#parts.db, device.d) ?? EMPTY_WINDOW;
    this.#windows.set(device.d, { created: device.created, g: device.g, window });
    return window;
  }

  #prune(): void {
    const { db, clock, report } = this.#parts;
    try {
      pruneFinals(db, clock.now() - FINALS_KEPT_MS);
    } catch (error) {
      report(error); // a full disk: what is old is forgotten an hour later
    }
    this.#cancelTimer = clock.setTimer(() => this.#prune(), PRUNE_EVERY_MS);
  }

  /** In the transaction of a verdict: its audit item is durable with it. The answer is called after the commit. */
  #keep(item: ItemOf<"cmd"> | null): () => void {
    return item === null ? () => undefined : this.#parts.log.keep(MACHINE_SESSION, item);
  }

  /** The console hears its verdict after this; on a full disk it hears it first, and the item follows. */
  #noteDesk(op: OperationName, args: unknown, outcome: Outcome): void {
    const item = verdictItem("desk", { op, args }, outcome);
    if (item !== null) void persistently(this.#parts, () => this.#keep(item)).catch(this.#parts.report);
  }
}

function dispatch<N extends OperationName>(
  handlers: Handlers,
  task: Task<N>,
  context: CommandContext,
): Promise<unknown> {
  return handlers[task.op](task.args, context);
}

// The relay's core on a real folder, with handlers that only count. Restarting opens the same folder again.
import {
  randomId,
  type BootId,
  type Bytes,
  type OperationName,
  type PairId,
  type SessionId,
} from "../../../schema/index.ts";
import { openDatabase } from "../../journal/database.ts";
import { Documents } from "../../journal/documents.ts";
import { openSessionLog } from "../../journal/session-log.ts";
import type { ManualClock } from "../../journal/test/manual-clock.ts";
import { loadIdentity } from "../../trust/identity.ts";
import { PairingDesk } from "../../trust/pairing.ts";
import { TestDevice } from "../../trust/test/test-device.ts";
import { TrustStore } from "../../trust/trust-store.ts";
import { MACHINE_SESSION, type Scope } from "../../../schema/index.ts";
import { deviceHandlers } from "../device-handlers.ts";
import { historyHandlers } from "../history-handlers.ts";
import { Pipeline } from "../pipeline.ts";
import { parsePolicy, type Policy } from "../policy.ts";
import type { CommandContext, Handlers, Recover } from "../ports.ts";

/** One run of an operation. */
export interface Run {
  readonly op: OperationName;
  readonly args: unknown;
  readonly context: CommandContext;
}

/** What a test may change of the core. */
export interface CoreOptions {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly digits?: boolean;
  readonly recover?: Recover;
  readonly policy?: Policy;
  readonly handlers?: Partial<Handlers>;
  /** Called with every RES, at the moment it would leave. */
  readonly sent?: (res: Bytes) => void;
}

/** Opens the core; `runs` is every operation that began, `results` every RES. */
export async function openCore(options: CoreOptions) {
  const { folder, clock, digits = false } = options;
  const db = openDatabase(folder);
  const identity = await loadIdentity(folder, process.getuid?.() ?? null);
  const reports: unknown[] = [];
  const report = (error: unknown): void => void reports.push(error);
  const store = new TrustStore({ db, clock, identity, report });
  const { epochs } = store;
  const host = { ri: identity.ri, riPublic: identity.riPublic, name: "studio" };
  const pairing = new PairingDesk({ store, host, clock, digits });
  const waiting = new Set<PairId>();
  pairing.on((event) => {
    if (event.type === "waiting") waiting.add(event.pid);
  });
  const log = await openSessionLog({ db, clock, identity, epochs });
  if (identity.isNew) log.begin(MACHINE_SESSION);
  else log.admit(MACHINE_SESSION);
  const documents = new Documents({ db, clock, identity, epochs });
  const boot = randomId<BootId>();
  const policy = options.policy ?? (await parsePolicy(null));
  const runs: Run[] = [];
  const results: Bytes[] = [];
  const got: (readonly [string, number, number])[] = [];
  const count = <T>(op: OperationName, data: T) => {
    return (args: unknown, context: CommandContext): Promise<T> => {
      runs.push({ op, args, context });
      return Promise.resolve(data);
    };
  };
  const s = randomId<SessionId>();
  const handlers: Handlers = {
    "agent.probe": count("agent.probe", { agents: [] }),
    "session.start": count("session.start", { s }),
    "session.prompt": count("session.prompt", { before: 0 }),
    "session.fork": count("session.fork", { s }),
    "session.resume": count("session.resume", {}),
    "session.cancel": count("session.cancel", {}),
    "session.stop": count("session.stop", {}),
    "session.archive": count("session.archive", {}),
    "session.mode": count("session.mode", {}),
    "prompt.edit": count("prompt.edit", {}),
    "prompt.withdraw": count("prompt.withdraw", { blocks: [{ type: "text", text: "" }] }),
    "wait.answer": count("wait.answer", { answer: {}, by: "desk" }),
    "project.add": count("project.add", { root: randomId() }),
    "project.remove": count("project.remove", {}),
    "project.trust": count("project.trust", {}),
    ...deviceHandlers({ devices: store, keyrings: store, pairing, policy: () => policy }),
    ...historyHandlers({ db, log, epochs }),
    ...options.handlers,
  };
  const pipeline = new Pipeline({
    db,
    clock,
    machine: identity.machine,
    boot,
    devices: store,
    log,
    policy: () => policy,
    handlers,
    recover: options.recover ?? (() => null),
    answers: {
      send: (res) => {
        results.push(res);
        options.sent?.(res);
      },
      got: (...key) => void got.push(key),
    },
    report,
  });
  const close = async (): Promise<void> => {
    await log.flush();
    store.stop();
    pairing.stop();
    pipeline.stop();
    db.close();
  };
  return {
    db,
    identity,
    store,
    epochs,
    pairing,
    waiting,
    log,
    documents,
    boot,
    pipeline,
    runs,
    results,
    got,
    reports,
    close,
  };
}

export type Core = Awaited<ReturnType<typeof openCore>>;

/** Pairs a fresh device at a core without digits, and lets it say hello unless told otherwise. */
export async function pairDevice(
  core: Core,
  clock: ManualClock,
  options: { scope?: Scope; shell?: boolean; name?: string; hello?: false } = {},
): Promise<TestDevice> {
  const { scope = "admin", shell = false, name = "phone" } = options;
  const device = await TestDevice.create(core.identity.machine, name);
  const { secret } = await core.pairing.invite({ scope, shell });
  const attempt = await device.pairBy(secret);
  const [pair2] = await core.pairing.receive(await attempt.pair1());
  if (pair2 === undefined) throw new Error("no PAIR2");
  const { frame } = await attempt.pair3(pair2);
  const replies = await core.pairing.receive(frame);
  if (replies.length !== 2) throw new Error("not admitted");
  if (options.hello !== false) {
    await core.pipeline.receive(await device.command("device.hello", { app: "test" }, clock.now()));
  }
  return device;
}

/** Waits until `condition` holds; the test's own timeout ends a wait that never does. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

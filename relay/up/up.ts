// `kelpie up` and `kelpie connect`: one relay with its Worker, from the first start to the last line.
import { kelpie } from "../command-name.ts";
import { findRepository } from "../git/repository.ts";
import {
  AppError,
  fromB64,
  isAppError,
  pairUrl,
  SECRET_BYTES,
  type AgentsDoc,
  type PairId,
} from "../../schema/index.ts";
import { readLoginPath, withoutHostVariables } from "../agents/detect.ts";
import { qrCode } from "../cli/machine-commands.ts";
import type { UpOptions } from "../cli/program.ts";
import { RESTART, type Terminal } from "../cli/terminal.ts";
import type { Clock } from "../clock.ts";
import { serveControl } from "../control/control-server.ts";
import { deskMethods } from "../desk/desk-methods.ts";
import { defaultMachineName } from "../health.ts";
import { Api } from "../link/api.ts";
import { openLogFile } from "../log-file.ts";
import { openCore, startRelay, type Core, type Relay } from "../relay.ts";
import { takeLock } from "../state/lock.ts";
import { readSettings, writeSettings } from "../state/settings.ts";
import { openStateFolder, prepareSocketFolder } from "../state/state-folder.ts";
import { askProjectFolders } from "./project-folders.ts";
import { startWorker, type RunningWorker } from "./embedded-worker.ts";
import { statSync } from "node:fs";
import { resolve } from "node:path";

/** The edges of the process. */
export interface UpParts {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly execPath: string;
}

/** A login shell's start-up files may be slow; a start does not wait for them longer than this. */
const LOGIN_PATH_MS = 1_000;
/** The embedded Worker is there within this, or something is wrong that the person should read about. */
const ONLINE_MS = 30_000;

/** Runs until the terminal's signal. Throws AppError when it cannot start; nothing is left behind then. */
export async function up(options: UpOptions, parts: UpParts): Promise<void> {
  const { terminal, clock } = parts;
  for (const path of options.paths) requireFolder(resolve(terminal.cwd, path));
  const state = openStateFolder(terminal.place);
  const lock = takeLock(state.lock, terminal.pid);
  const endings: (() => Promise<void> | void)[] = [() => lock.release()];
  try {
    const logFile = openLogFile(state.log);
    const core = await openCore({ state, clock, logFile, uid: terminal.place.uid });
    const loginPath = loginPathOf(parts);
    const worker =
      options.connect === undefined ? await embedded(core, options, parts) : await deployed(core, options.connect.url);
    endings.push(() => worker.stop());
    const api = new Api(worker.url, core.identity);
    await join(worker, api, options);
    const projectFolders = await askProjectFolders(state.settings, options, terminal);
    const machineName = readSettings(state.settings).policy.machineName ?? defaultMachineName();
    // Agents' hosts listen there too, from the first command on.
    prepareSocketFolder(state.socket, state, terminal.place.uid);
    const relay = await startRelay(core, {
      ...{ api, origin: worker.url, digits: worker.digits, machineName, projectFolders },
      ...{ env: terminal.env, home: terminal.home, execPath: parts.execPath, loginPath },
      ...demoPace(terminal),
    });
    endings.push(() => (terminal.ended.reason === RESTART ? relay.leave() : relay.stop()));
    tellKeys(core, options.json ? terminal.err : terminal.out);
    await serveDesk(relay, worker, { terminal, api, endings });
    if (!(await untilOnline(relay, parts))) return;
    await registerProjects(relay, options, terminal);
    await announce(relay, worker, { options, terminal });
    await untilEnded(relay, terminal.ended);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

function embedded(core: Core, options: UpOptions, { terminal, clock }: UpParts): Promise<RunningWorker> {
  const { port, host, origin } = options;
  return startWorker({
    ...{ state: core.state, clock, note: core.logFile.note, tell: terminal.err },
    hasDevices: core.trust.list().some((device) => device.state === "active"),
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(origin === undefined ? {} : { origin }),
  });
}

/** A Worker that runs elsewhere: nothing to start or stop. */
async function deployed({ state }: Core, url: string): Promise<RunningWorker> {
  const settings = readSettings(state.settings);
  if (settings.worker?.mode !== "remote" || settings.worker.origin !== url) {
    if (settings.worker?.mode === "embedded") {
      throw new AppError("E_POLICY", {
        reason: "this state folder belongs to an embedded Worker",
        next: "use another folder for the deployed one: KELPIE_HOME=~/.kelpie-remote",
      });
    }
    writeSettings(state.settings, { ...settings, worker: { mode: "remote", origin: url } });
  }
  return { url, appOrigin: url, digits: true, pid: 0, claim: () => Promise.resolve(), stop: () => Promise.resolve() };
}

async function join(worker: RunningWorker, api: Api, { connect }: UpOptions): Promise<void> {
  if (connect === undefined) return worker.claim(api);
  if (connect.ticket === undefined) return requireKnown(api);
  const token = fromB64(connect.ticket);
  if (token?.length !== SECRET_BYTES)
    throw new AppError("E_SCHEMA", { reason: "that is no claim token and no ticket" });
  try {
    await api.claim(token);
  } catch (error) {
    // A claimed Worker says so; then it was a ticket of one of its machines.
    if (!isAppError(error, "E_CLAIMED") && !isAppError(error, "E_AUTH")) throw error;
    await api.enrol(connect.ticket);
  }
}

/** A Worker that does not know this machine would be dialled for ever. One that cannot be reached is dialled on. */
async function requireKnown(api: Pick<Api, "token">): Promise<void> {
  try {
    await api.token();
  } catch (error) {
    if (isAppError(error, "E_OFFLINE")) return;
    if (!isAppError(error, "E_GRANT") && !isAppError(error, "E_AUTH") && !isAppError(error, "E_UNCLAIMED")) throw error;
    throw new AppError(
      error.code,
      {
        reason: "that Worker does not know this machine",
        next: `${kelpie("connect <url> <ticket>")}: its claim token, or a ticket from a machine it knows`,
      },
      { cause: error },
    );
  }
}

async function loginPathOf({ terminal, clock }: UpParts): Promise<string | undefined> {
  const shell = terminal.env["SHELL"];
  if (shell === undefined) return undefined;
  const late = new Promise<undefined>((done) => clock.setTimer(() => done(undefined), LOGIN_PATH_MS));
  return Promise.race([readLoginPath(shell, withoutHostVariables(terminal.env)), late]);
}

function demoPace({ env }: Terminal): { demoPaceMs?: number } {
  const paceMs = Number(env["KELPIE_DEMO_PACE_MS"]);
  return env["KELPIE_DEMO_PACE_MS"] === undefined || !Number.isFinite(paceMs) ? {} : { demoPaceMs: paceMs };
}

async function serveDesk(
  relay: Relay,
  worker: RunningWorker,
  { terminal, api, endings }: { terminal: Terminal; api: Api; endings: (() => Promise<void> | void)[] },
): Promise<void> {
  const { core, pairing, commands, link } = relay;
  const { identity, log, documents, trust, state, logFile } = core;
  const methods = deskMethods({
    ...{ identity, log, documents, devices: trust, epochs: trust.epochs, pairing, commands },
    ...{ linkState: () => link.state(), appOrigin: worker.appOrigin, digits: worker.digits, home: terminal.home },
    enrolTicket: () => api.enrolTicket(),
    now: terminal.now,
  });
  const control = await serveControl(state.socket, methods, logFile.defect);
  endings.push(() => control.close());
}

/** False when the person ended it first. "Ready" is not said before: a link that nobody answers is no link. */
export async function untilOnline(
  { link }: { readonly link: Pick<Relay["link"], "state" | "onState"> },
  { terminal, clock }: Pick<UpParts, "clock"> & { readonly terminal: Pick<Terminal, "ended" | "err"> },
): Promise<boolean> {
  const { ended } = terminal;
  const cancel = clock.setTimer(
    () => terminal.err("The Worker does not answer yet. Trying on; agents on this machine go on."),
    ONLINE_MS,
  );
  let wake = Promise.withResolvers<void>();
  const unsubscribe = link.onState(() => wake.resolve());
  ended.addEventListener("abort", () => wake.resolve(), { once: true });
  try {
    for (;;) {
      wake = Promise.withResolvers<void>();
      const state = link.state();
      if (state.status === "refused") throw refusal(state.code);
      if (ended.aborted) return false;
      if (state.status === "online") return true;
      await wake.promise;
    }
  } finally {
    cancel();
    unsubscribe();
  }
}

async function untilEnded(relay: Relay, ended: AbortSignal): Promise<void> {
  await new Promise<void>((done, fail) => {
    relay.link.onState((state) => {
      if (state.status === "refused") fail(refusal(state.code));
    });
    const now = relay.link.state();
    if (now.status === "refused") return fail(refusal(now.code));
    if (ended.aborted) return done();
    return ended.addEventListener("abort", () => done(), { once: true });
  });
}

function refusal(code: "revoked" | "identity-in-use"): AppError {
  if (code === "revoked")
    return new AppError("E_REVOKED", {
      reason: "the Worker no longer knows this machine",
      next: `${kelpie("connect <url> <ticket>")} with a new ticket`,
    });
  return new AppError("E_BUSY", {
    reason: "this machine's identity is in use elsewhere: another relay keeps taking its place",
    next: "stop the other relay, or give one of them a state folder of its own",
  });
}

/** Before anything starts: a mistyped command is taken for a path. */
function requireFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new AppError("E_NOT_FOUND", { reason: `${path} is neither a command nor a folder`, next: kelpie("--help") });
}

/** The paths given, or the repository one stands in. */
async function registerProjects(relay: Relay, { paths }: UpOptions, terminal: Terminal): Promise<void> {
  const wanted = paths.map((path) => resolve(terminal.cwd, path));
  if (wanted.length === 0 && (await findRepository(terminal.cwd)) !== null) wanted.push(terminal.cwd);
  for (const path of wanted) await relay.commands.desk("project.add", { path });
}

async function announce(
  relay: Relay,
  worker: RunningWorker,
  { options, terminal }: { options: UpOptions; terminal: Terminal },
): Promise<void> {
  const { pairing, commands, core } = relay;
  // What a device of the local Worker gets without asking; anything wider is asked in `kelpie pair`.
  const grant = { scope: "admin", shell: !worker.digits } as const;
  const invitation = await commands.asDesk("pair.invite", grant, () => pairing.invite(grant));
  const url = pairUrl(worker.appOrigin, { secret: invitation.secret, machine: core.identity.machine });
  invitation.secret.fill(0);
  if (options.json) {
    terminal.out(JSON.stringify({ event: "ready", url: worker.appOrigin, pair: url, pid: terminal.pid }));
    return;
  }
  terminal.out(
    `\nKelpie is ready: ${worker.appOrigin}\n\nPair a device with this link. It works once, within 5 minutes:\n\n${url}\n\n${qrCode(url)}\n`,
  );
  if (!worker.digits) terminal.out("A phone needs https: put a tunnel in front and start with --origin https://…\n");
  terminal.out(`Another link: ${kelpie("pair")}. Stop: Ctrl-C; agents end, sessions stay.\n`);
  watchPairing(relay, terminal, worker.digits, invitation.pid);
  void relay.commands
    .desk("agent.probe", {})
    .then(({ agents }) => terminal.out(agentWords(agents)), core.logFile.defect);
}

function watchPairing({ pairing, core }: Relay, terminal: Terminal, digits: boolean, pid: PairId): void {
  pairing.on((event) => {
    if (event.type === "paired") terminal.out(`Paired ${event.name} (${event.scope}).`);
    if (event.pid !== pid) return;
    if (event.type === "expired") terminal.out(`The pairing link has expired. Another: ${kelpie("pair")}`);
    if (event.type === "aborted") terminal.out(`The pairing was stopped (${event.code}). Another: ${kelpie("pair")}`);
    if (event.type === "waiting" && digits) void typeDigits().catch(core.logFile.defect);
  });
  const typeDigits = async (): Promise<void> => {
    const code = await terminal.ask("A device asks to be paired. Type the 6 digits it shows: ");
    if (code === null) return terminal.out(`A device waits for its 6 digits: ${kelpie("pair --code <digits>")}`);
    await pairing.accept(pid, code.replaceAll(/\D/g, "")).catch((error: unknown) => {
      if (!isAppError(error, "E_PAIR_CODE")) throw error;
      terminal.out("Those are not the digits.");
      return typeDigits();
    });
  };
}

/** What somebody at the machine must know, and do, about its devices. */
function tellKeys({ trust }: Core, tell: (line: string) => void): void {
  const toConfirm = (name: string): void =>
    tell(`${name} is held until you confirm it here: ${kelpie(`devices confirm ${JSON.stringify(name)}`)}`);
  for (const { name, state } of trust.list()) if (state === "held") toConfirm(name);
  trust.on((event) => {
    if (event.type === "held") toConfirm(event.device.name);
    if (event.type !== "restored") return;
    const why = event.why === "moved" ? "its folder was copied or moved" : "the Worker holds newer records of it";
    tell(`This state is an older copy (${why}). ${event.records} records were taken back; devices change their keys.`);
  });
}

const MARKS: Record<AgentsDoc["agents"][number]["state"], string> = {
  ready: "found",
  missing: "missing",
  "logged-out": "logged out",
  broken: "broken",
};

function agentWords(agents: readonly AgentsDoc["agents"][number][]): string {
  const lines = agents.map((agent) => {
    const facts = [MARKS[agent.state], agent.version, agent.account].filter((fact) => fact !== undefined).join(", ");
    return `  ${agent.id.padEnd(10)} ${facts}${agent.next === undefined ? "" : `\n${" ".repeat(13)}${agent.next}`}`;
  });
  return `Agents:\n${lines.join("\n")}`;
}

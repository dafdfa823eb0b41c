// The command line: names, arguments, help. What a command does is in its own file.
import { Command, CommanderError, Option } from "commander";
import { AppError, PRODUCT_VERSION, SCOPES, type Scope } from "../../schema/index.ts";
import { kelpie } from "../command-name.ts";
import { partsOf } from "../state/state-folder.ts";
import { exportAudit } from "./audit.ts";
import { doctor } from "./doctor.ts";
import {
  confirmDevice,
  confirmPairing,
  listDevices,
  pair,
  revokeDevice,
  rotateKeys,
  trust,
} from "./machine-commands.ts";
import { answer, attach, ls, resume, run, send, stop, type Caller, type RunOptions } from "./session-commands.ts";
import type { Terminal } from "./terminal.ts";
import { refusalWords } from "./words.ts";

/** What `up` and `connect` are told; they become the relay itself. */
export interface UpOptions {
  readonly json: boolean;
  readonly paths: readonly string[];
  readonly port?: number;
  readonly origin?: string;
  readonly host?: string;
  readonly connect?: { readonly url: string; readonly ticket?: string };
}

/** The parts of the program that are not commands to a running relay. */
export interface ProgramParts {
  readonly terminal: Terminal;
  /** Runs the relay until it is stopped. */
  readonly up: (options: UpOptions) => Promise<void>;
}

/** Runs one command line (without node and script). Resolves with the exit code; says every refusal on stderr. */
export async function runProgram(args: readonly string[], parts: ProgramParts): Promise<number> {
  const { terminal } = parts;
  const program = build(parts);
  try {
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help and version
    const refusal = refusalOf(error);
    const { reason, next, text } = refusal.data;
    if (args.includes("--json"))
      terminal.err(JSON.stringify({ event: "error", code: refusal.code, reason, next, text }));
    else terminal.err(refusalWords(refusal));
    return 1;
  }
}

/** Every end of a command has a code, a sentence and a next step. */
function refusalOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof CommanderError) {
    const reason = error.message.replace(/^error: /, "");
    return new AppError("E_SCHEMA", { reason, next: kelpie("--help") }, { cause: error });
  }
  const text = error instanceof Error ? error.stack : String(error);
  return new AppError("E_INTERNAL", { reason: "a bug in Kelpie", text, next: "report it with these words" });
}

function build(parts: ProgramParts): Command {
  const { terminal } = parts;
  const program = new Command("kelpie");
  program
    .description("Run, watch and steer the coding agents on this machine from a phone.")
    .version(PRODUCT_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      // What is wrong is said once, by runProgram, in the form that was asked for.
      writeErr: () => undefined,
    });
  addRelayCommands(program, parts);
  addSessionCommands(program, terminal);
  addMachineCommands(program, terminal);
  return program;
}

const json = (): Option => new Option("--json", "one JSON value per line").default(false);
const callerOf = (terminal: Terminal, options: { json: boolean }): Caller => ({
  terminal,
  socket: partsOf(terminal.place.dir, terminal.place).socket,
  json: options.json,
  now: terminal.now,
});

function addRelayCommands(program: Command, { terminal, up }: ProgramParts): void {
  program
    .command("up", { isDefault: true })
    .description("run Kelpie: the Worker, the relay and the web app (what npm start runs)")
    .argument("[paths...]", "projects to register; this folder when none is given")
    .option("--port <number>", "port of the web app", portNumber)
    .option("--host <address>", "address to listen on; anything but loopback makes pairing ask for digits")
    .option("--origin <url>", "address of a tunnel or proxy in front", originOf)
    .addOption(json())
    .action((paths: string[], options: Omit<UpOptions, "paths">) => up({ ...options, paths }));
  program
    .command("connect")
    .description("run the relay against a deployed Worker, claiming or joining it the first time")
    .argument("<url>", "the Worker's address", originOf)
    .argument("[ticket]", "claim token of a new Worker, or a ticket from kelpie invite")
    .addOption(json())
    .action((url: string, ticket: string | undefined, options: { json: boolean }) =>
      up({ ...options, paths: [], connect: { url, ...(ticket === undefined ? {} : { ticket }) } }),
    );
  program
    .command("doctor")
    .description("check everything that has to work, and say what to do about what does not")
    .option("--audit", "print the audit trail instead: signed lines that prove themselves")
    .option("--since <date>", "with --audit: from this moment on, such as 2026-01-31")
    .addOption(json())
    .action(async (options: { json: boolean; audit?: true; since?: string }) => {
      const caller = callerOf(terminal, options);
      await (options.audit === true ? exportAudit(caller, options.since) : doctor(caller));
    });
}

function addSessionCommands(program: Command, terminal: Terminal): void {
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).addOption(json());
  command("ls", "list sessions").action((options: { json: boolean }) => ls(callerOf(terminal, options)));
  command("run", "start a session")
    .argument("<agent>", "claude, codex, gemini, opencode, demo, …")
    .argument("[prompt]")
    .option("--project <path>", "the project's folder; this one by default")
    .option("--model <name>")
    .option("--mode <name>")
    .option("--title <text>")
    .option("--worktree <branch>", "work in a new worktree on a new branch")
    .action((agent: string, prompt: string | undefined, options: RunOptions & { json: boolean }) => {
      const { json: isJson, ...rest } = options;
      return run(callerOf(terminal, { json: isJson }), agent, prompt, rest);
    });
  command("send", "put a prompt into a session's queue")
    .argument("<session>", "id, start of it, or title")
    .argument("<prompt>")
    .action((session: string, prompt: string, options: { json: boolean }) =>
      send(callerOf(terminal, options), session, prompt),
    );
  command("attach", "show a session's conversation and follow it")
    .argument("<session>")
    .option("--from <record>", "first record to show", recordNumber, 1)
    .option("--no-follow", "end after what is there")
    .action((session: string, options: { json: boolean; from: number; follow: boolean }) =>
      attach(callerOf(terminal, options), session, { from: options.from, follow: options.follow }),
    );
  command("approve", "approve what a session waits for")
    .argument("<session>")
    .argument("[wait]", "start of the wait's id, when there are several")
    .option("--always", "and do not ask again in this session", false)
    .action((session: string, wait: string | undefined, options: { json: boolean; always: boolean }) =>
      answer(callerOf(terminal, options), session, {
        decision: options.always ? "always" : "approve",
        ...(wait === undefined ? {} : { wait }),
      }),
    );
  command("deny", "deny what a session waits for")
    .argument("<session>")
    .argument("[wait]")
    .option("--text <words>", "what to tell the agent")
    .action((session: string, wait: string | undefined, options: { json: boolean; text?: string }) =>
      answer(callerOf(terminal, options), session, {
        decision: "deny",
        ...(wait === undefined ? {} : { wait }),
        ...(options.text === undefined ? {} : { text: options.text }),
      }),
    );
  command("stop", "end a session and its agent")
    .argument("<session>")
    .option("--turn", "only stop what it does now", false)
    .action((session: string, options: { json: boolean; turn: boolean }) =>
      stop(callerOf(terminal, options), session, options.turn),
    );
  command("resume", "start an interrupted or ended session again")
    .argument("<session>")
    .action((session: string, options: { json: boolean }) => resume(callerOf(terminal, options), session));
}

function addMachineCommands(program: Command, terminal: Terminal): void {
  program
    .command("pair")
    .description("pair a device with this machine")
    .addOption(new Option("--scope <scope>", "what it may do").choices(SCOPES).default("admin"))
    .option("--shell", "it may use a shell")
    .option("--no-shell", "it may not")
    .option("--code <digits>", "no new link: the digits that the waiting device shows")
    .addOption(json())
    .action(async (options: { json: boolean; scope: Scope; shell?: boolean; code?: string }) => {
      const caller = callerOf(terminal, options);
      if (options.code !== undefined) return confirmPairing(caller, options.code);
      const shell = options.shell ?? (await asksForShell(terminal, options.json));
      return pair(caller, { scope: options.scope, shell });
    });
  const devices = program.command("devices").description("who is paired").addOption(json());
  devices.action((options: { json: boolean }) => listDevices(callerOf(terminal, options)));
  // "devices" takes --json wherever it stands, also after the name of its subcommand.
  devices
    .command("list")
    .addOption(json())
    .action((_: unknown, command: Command) => listDevices(callerOf(terminal, command.optsWithGlobals())));
  devices
    .command("revoke")
    .argument("<device>", "name, id, or start of it")
    .addOption(json())
    .action((device: string, _: unknown, command: Command) =>
      revokeDevice(callerOf(terminal, command.optsWithGlobals()), device),
    );
  devices
    .command("confirm")
    .description("give a held device its power back: this machine went on from an older copy of its state")
    .argument("<device>", "name, id, or start of it")
    .option("--yes", "without asking", false)
    .addOption(json())
    .action((device: string, options: { yes: boolean }, command: Command) =>
      confirmDevice(callerOf(terminal, command.optsWithGlobals()), device, options.yes),
    );
  devices
    .command("rotate")
    .description("change the content keys for every device now, as every seven days by itself")
    .addOption(json())
    .action((_: unknown, command: Command) => rotateKeys(callerOf(terminal, command.optsWithGlobals())));
  program
    .command("trust")
    .description("show what of a project can start programs, and trust it")
    .argument("[project]", "its folder", ".")
    .option("--yes", "trust without asking", false)
    .addOption(json())
    .action((project: string, options: { json: boolean; yes: boolean }) =>
      trust(callerOf(terminal, options), project, options.yes),
    );
}

async function asksForShell(terminal: Terminal, isJson: boolean): Promise<boolean> {
  if (isJson || !terminal.isInteractive) return false;
  return /^y(es)?$/i.test((await terminal.ask("May it use a shell on this machine? [y/N] ")) ?? "");
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new AppError("E_SCHEMA", { reason: `${text} is no port`, next: "a number from 1 to 65535" });
  return port;
}

function recordNumber(text: string): number {
  const seq = Number(text);
  if (!Number.isInteger(seq) || seq < 1)
    throw new AppError("E_SCHEMA", { reason: `${text} is no record`, next: "records count from 1" });
  return seq;
}

function originOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new AppError("E_SCHEMA", { reason: `${text} is no address`, next: "write it as https://…" });
  return new URL(text).origin;
}

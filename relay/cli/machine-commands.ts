// pair, devices, trust: who may command this machine, and which projects may start programs.
import { renderUnicodeCompact } from "uqr";
import { resolve } from "node:path";
import {
  AppError,
  deviceId,
  pairId,
  pairingDoc,
  PAIR_TRIES,
  parseShape,
  SCOPES,
  trustDoc,
  z,
  type Scope,
} from "../../schema/index.ts";
import { kelpie } from "../command-name.ts";
import { callRelay } from "../control/control-client.ts";
import type { Caller } from "./session-commands.ts";
import { print } from "./terminal.ts";
import { agoWords, table } from "./words.ts";

const pairingEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("open"), pid: pairId, url: z.string(), exp: z.int(), digits: z.boolean() }),
  z.object({ type: z.literal("waiting"), pid: pairId, name: z.string(), until: z.int() }),
  z.object({ type: z.literal("paired"), pid: pairId, d: deviceId, name: z.string(), scope: z.enum(SCOPES) }),
  z.object({ type: z.literal("aborted"), pid: pairId, code: z.string() }),
  z.object({ type: z.literal("expired"), pid: pairId }),
]);
type PairingEvent = z.infer<typeof pairingEvent>;

/** A scannable code of a link, for a terminal. */
export function qrCode(url: string): string {
  return renderUnicodeCompact(url, { border: 1 });
}

/** Opens a pairing, shows its link, asks for the digits where they are needed, and ends when it is decided. */
export async function pair(caller: Caller, grant: { readonly scope: Scope; readonly shell: boolean }): Promise<void> {
  const { terminal, socket, json } = caller;
  if (!json) terminal.out(`This lets a device ${grantWords(grant)}.`);
  let digits = false;
  let outcome: PairingEvent | null = null;
  const handle = async (event: PairingEvent): Promise<void> => {
    if (json) terminal.out(JSON.stringify(event));
    if (event.type === "open") {
      digits = event.digits;
      if (!json)
        terminal.out(
          `\n${qrCode(event.url)}\n\n${event.url}\n\nOpen it on the new device within 5 minutes. It works once.`,
        );
    } else if (event.type === "waiting") {
      if (!json) terminal.out(`${event.name} asks to be paired.`);
      if (digits) await askDigits(caller, event.pid);
    } else outcome = event;
  };
  // Events come faster than a person types; the answers to them are given in order.
  let pending: Promise<void> = Promise.resolve();
  await callRelay(socket, "pair.open", grant, {
    signal: terminal.ended,
    onEvent: (data) => {
      const event = parseShape(data, pairingEvent);
      pending = pending.then(() => handle(event));
      pending.catch(() => undefined); // awaited below; this only keeps it from being "unhandled" meanwhile
    },
  }).catch((error: unknown) => {
    if (!terminal.ended.aborted) throw error;
    throw new AppError("E_PAIR_EXPIRED", { reason: "ended before a device was paired", next: kelpie("pair") });
  });
  await pending;
  tellOutcome(caller, outcome);
}

/** Types the digits of the one device that waits, for a start whose terminal cannot be asked. */
export async function confirmPairing({ terminal, socket, json }: Caller, code: string): Promise<void> {
  const { waiting } = parseShape(await callRelay(socket, "pairing", {}), pairingDoc);
  const [first, ...others] = waiting;
  if (first === undefined || others.length > 0) {
    const reason = first === undefined ? "no device waits for its digits" : `${waiting.length} devices wait`;
    throw new AppError("E_NOT_FOUND", { reason, next: `open one link at a time: ${kelpie("pair")}` });
  }
  const answer = await callRelay(socket, "pair.accept", { pid: first.pid, code: code.replaceAll(/\D/g, "") });
  print(terminal, json, answer, () => `Paired ${first.name}.`);
}

async function askDigits({ terminal, socket, json }: Caller, pid: string): Promise<void> {
  for (let triesLeft = PAIR_TRIES; triesLeft > 0;) {
    const code = await terminal.ask("Type the 6 digits it shows: ");
    if (code === null)
      throw new AppError("E_PAIR_CODE", {
        reason: "nobody here to type the digits",
        next: `run ${kelpie("pair")} in a terminal`,
      });
    try {
      await callRelay(socket, "pair.accept", { pid, code: code.replaceAll(/\D/g, "") });
      return;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "E_PAIR_CODE") throw error;
      triesLeft--;
      if (!json && triesLeft > 0) terminal.out("Those are not the digits. Look again: three wrong tries end it.");
    }
  }
}

function tellOutcome({ terminal, json }: Caller, outcome: PairingEvent | null): void {
  if (outcome?.type === "paired") return json ? undefined : terminal.out(`Paired ${outcome.name} (${outcome.scope}).`);
  if (outcome?.type === "expired")
    throw new AppError("E_PAIR_EXPIRED", { reason: "nobody opened the link in time", next: kelpie("pair") });
  throw new AppError("E_PAIR_USED", {
    reason: "the pairing was stopped: something about it did not fit",
    next: kelpie("pair"),
  });
}

function grantWords({ scope, shell }: { scope: Scope; shell: boolean }): string {
  const words: Record<Scope, string> = {
    view: "read everything Kelpie shows of this machine",
    operate: "read, start agents and answer them on this machine",
    admin: "read, start agents, answer them, and pair or revoke devices",
  };
  return shell ? `${words[scope]}, and use a shell` : words[scope];
}

const deviceRow = z.object({
  d: deviceId,
  name: z.string(),
  scope: z.enum(SCOPES),
  shell: z.boolean(),
  state: z.string(),
  created: z.int(),
  last: z.int(),
  mustRekey: z.boolean(),
});

/** Lists the devices that ever were paired. */
export async function listDevices({ terminal, socket, json, now }: Caller): Promise<void> {
  const devices = parseShape(await callRelay(socket, "devices.list", {}), z.array(deviceRow));
  print(terminal, json, devices, () => {
    if (devices.length === 0) return `No devices. Pair one: ${kelpie("pair")}`;
    const rows = devices.map((row) => [
      row.d.slice(0, 8),
      row.state === "active" && row.mustRekey ? "new keys due" : row.state,
      row.scope + (row.shell ? " +shell" : ""),
      row.last === 0 ? "never seen" : `seen ${agoWords(now() - row.last)} ago`,
      row.name,
    ]);
    const held = devices.find((row) => row.state === "held");
    const next =
      held === undefined
        ? ""
        : `\n\nHeld until you confirm it here: ${kelpie(`devices confirm ${JSON.stringify(held.name)}`)}`;
    return table(rows) + next;
  });
}

/** Ends a device's power at once. */
export async function revokeDevice({ terminal, socket, json }: Caller, device: string): Promise<void> {
  const answer = await callRelay(socket, "devices.revoke", { device });
  const { name } = parseShape(answer, z.object({ name: z.string() }));
  print(terminal, json, answer, () => `${name} is revoked. It can read nothing new and command nothing.`);
}

/** Shows what of a project can start programs, and trusts it when the person says yes. */
export async function trust({ terminal, socket, json }: Caller, project: string, isSure: boolean): Promise<void> {
  const path = resolve(terminal.cwd, project);
  const shape = z.object({ trusted: z.boolean(), ask: z.optional(trustDoc) });
  const state = parseShape(await callRelay(socket, "trust", { path }), shape);
  if (state.trusted || state.ask === undefined) {
    return print(
      terminal,
      json,
      state,
      () => "Nothing to ask: this project is trusted, or nothing in it can start a program.",
    );
  }
  if (!json) for (const file of state.ask.files) terminal.out(`--- ${file.path} (${file.change})\n${file.text}`);
  if (
    !isSure &&
    !/^y(es)?$/i.test((await terminal.ask("These can start programs on this machine. Trust them? [y/N] ")) ?? "")
  ) {
    throw new AppError("E_POLICY", { reason: "not trusted", next: `${kelpie("trust --yes")} once you have read it` });
  }
  const done = await callRelay(socket, "trust", { path, digest: state.ask.digest });
  print(terminal, json, done, () => "trusted");
}

/** Gives a held device its power back, after saying what that means. */
export async function confirmDevice(
  { terminal, socket, json }: Caller,
  device: string,
  isSure: boolean,
): Promise<void> {
  if (!isSure && !json) {
    terminal.out("This machine went on from an older copy of its state. A device that was revoked since is held, too.");
  }
  if (!isSure && !/^y(es)?$/i.test((await terminal.ask(`Is "${device}" still yours to trust? [y/N] `)) ?? "")) {
    throw new AppError("E_POLICY", {
      reason: "not confirmed",
      next: `${kelpie("devices confirm --yes")}, or ${kelpie("devices revoke")}`,
    });
  }
  const answer = await callRelay(socket, "devices.confirm", { device });
  const { name } = parseShape(answer, z.object({ name: z.string() }));
  print(
    terminal,
    json,
    answer,
    () =>
      `${name} is confirmed. It changes its keys with this machine and goes on.\nIf it says that it has newer keys than this machine, pair it again: ${kelpie("pair")}`,
  );
}

/** Changes the content keys for every device, now. */
export async function rotateKeys({ terminal, socket, json }: Caller): Promise<void> {
  const answer = await callRelay(socket, "keys.rotate", {});
  const { epoch } = parseShape(answer, z.object({ epoch: z.int() }));
  print(terminal, json, answer, () => `The keys are changed (number ${epoch}). Every paired device has the new ones.`);
}

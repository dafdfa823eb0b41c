// Named places at which a test lets a process die or stop: every commit and every send that a crash may come before or
// after. Passing one costs a call of an empty function unless the process was started to fail. It is a module's state on
// purpose: handed from part to part, the probes would be louder than the product.

import { appendFileSync } from "node:fs";

/** Every place, in the order in which one prompt meets them; a name is passed in one kind of process only. */
export const FAILPOINTS = [
  // the relay's first start
  "up.claimed",
  // any commit at all: a transaction's, and that of a statement on its own
  "db.commit.before",
  "db.commit.after",
  "db.write.before",
  "db.write.after",
  // a device's command: accepted, running, its effect, its final
  "command.opened",
  "command.accepted",
  "command.got",
  "command.running",
  "command.effect",
  "command.final",
  "command.answered",
  // records and documents
  "log.commit.before",
  "log.commit.after",
  "log.kept",
  "docs.commit.before",
  "docs.commit.after",
  // the socket to the hub
  "link.send.before",
  "link.send.after",
  "link.compared",
  "link.acked",
  "link.trust",
  "link.paired",
  // a session and its agent
  "session.started",
  "session.opened",
  "session.ready",
  "session.ended",
  "prompt.added",
  "prompt.told",
  "turn.taken",
  "turn.given",
  "turn.told",
  "turn.ended",
  "wait.asked",
  "wait.opened",
  "wait.settled",
  "wait.told",
  "wait.answered",
  "event.taken",
  // what an earlier boot left
  "recover.begun",
  "recover.swept",
  "recover.adopted",
  "recover.commands",
  // the relay's end of a session host
  "hosting.spawned",
  "hosting.call.before",
  "hosting.call.after",
  // the session host itself
  "host.listening",
  "host.ready",
  "host.log.before",
  "host.log.after",
  "host.send.before",
  "host.send.after",
  "host.prompt.before",
  "host.prompt.after",
  "host.answer.before",
  "host.answer.after",
] as const;

/** One of the places. */
export type Failpoint = (typeof FAILPOINTS)[number];

/** The environment's variables that arm a process; its children get them only when it hands them on. */
export const FAILPOINT_VARIABLES = ["KELPIE_FAILPOINT", "KELPIE_FAILPOINT_NOTES"] as const;

/** What the places may do to their process; only an entry file has these. */
export interface FailpointEdges {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Ends or stops this process at once. */
  readonly signal: (signal: "SIGKILL" | "SIGSTOP") => void;
}

const nothing = (_name: Failpoint): void => undefined;
let passed = nothing;

/** Passes a place. */
export function failpoint(name: Failpoint): void {
  passed(name);
}

/**
 * Arms this process when its environment says so, or takes that back. KELPIE_FAILPOINT `name@n` kills it at its n-th
 * passing of that place, `name@n:SIGSTOP` stops it there; KELPIE_FAILPOINT_NOTES names a file that hears of the first
 * passing of each place and of the end, one line each: what, where, pid.
 */
export function armFailpoints({ env, pid, signal }: FailpointEdges): void {
  const { KELPIE_FAILPOINT: given = "", KELPIE_FAILPOINT_NOTES: file } = env;
  passed = nothing;
  if (given === "" && file === undefined) return;
  const [, fatal, times, how] = /^([a-z.]+)@(\d+)(:SIGSTOP)?$/.exec(given) ?? [];
  // Written through at once: the next thing may be this process's death.
  const note = (what: string, where: string): void => {
    if (file !== undefined) appendFileSync(file, `${what} ${where} ${pid}\n`);
  };
  const counts = new Map<Failpoint, number>();
  passed = (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count === 1) note("passed", name);
    if (name !== fatal || count !== Number(times)) return;
    note(how === undefined ? "killed" : "stopped", name);
    signal(how === undefined ? "SIGKILL" : "SIGSTOP");
  };
}

/** What of this environment a child needs to be armed too. */
export function failpointVariables(env: FailpointEdges["env"]): Record<string, string> {
  return Object.fromEntries(
    FAILPOINT_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

// ls, run, send, attach, approve, deny, stop, resume: the sessions of a running relay, from a terminal.
import { resolve } from "node:path";
import { headDoc, parseShape, sessionId, z, type UnknownItem } from "../../schema/index.ts";
import { kelpie } from "../command-name.ts";
import { callRelay } from "../control/control-client.ts";
import { print, type Terminal } from "./terminal.ts";
import { agoWords, itemWords, table } from "./words.ts";

/** Where the relay listens, and how to speak. */
export interface Caller {
  readonly terminal: Terminal;
  readonly socket: string;
  readonly json: boolean;
  readonly now: () => number;
}

/** An answer that takes longer is waited for aloud, ms. */
const SLOW_MS = 2_000;

const listed = z.array(z.extend(headDoc, { session: sessionId }));

/** Lists sessions, newest activity first. */
export async function ls({ terminal, socket, json, now }: Caller): Promise<void> {
  const sessions = parseShape(await callRelay(socket, "ls", {}), listed);
  print(terminal, json, sessions, () => {
    if (sessions.length === 0) return 'No sessions yet. Start one: kelpie run demo "hello"';
    const rows = sessions.map((head) => [
      head.session.slice(0, 8),
      head.state + (head.waits.length > 0 ? ` (${head.waits.map((wait) => wait.kind).join(", ")})` : ""),
      agoWords(now() - head.since),
      `${head.agent} · ${head.project}`,
      head.title,
    ]);
    return table(rows);
  });
}

/** Starts a session. */
export async function run(
  caller: Caller,
  agent: string,
  prompt: string | undefined,
  options: RunOptions,
): Promise<void> {
  const { terminal, socket, json } = caller;
  const { project = ".", ...rest } = options;
  const answer = await callRelay(socket, "run", { path: resolve(terminal.cwd, project), agent, prompt, ...rest });
  const { s } = parseShape(answer, z.object({ s: sessionId }));
  print(terminal, json, { s }, () => `started ${s}\nFollow it: ${kelpie(`attach ${s.slice(0, 8)}`)}`);
}

/** Options of `run`, as typed. */
export interface RunOptions {
  readonly project?: string;
  readonly model?: string;
  readonly mode?: string;
  readonly title?: string;
  readonly worktree?: string;
}

/** Puts a prompt into a session's queue; says how many are before it. */
export async function send({ terminal, socket, json }: Caller, session: string, prompt: string): Promise<void> {
  const answer = await askSession({ terminal, socket }, "send", { session, prompt });
  const { before } = parseShape(answer, z.object({ before: z.int() }));
  print(terminal, json, answer, () =>
    before === 0 ? "on the machine, next in line" : `on the machine, ${before} before it`,
  );
}

/** Prints a session's conversation, and follows it until interrupted. */
export async function attach(
  caller: Caller,
  session: string,
  options: { readonly from: number; readonly follow: boolean },
): Promise<void> {
  const { terminal, socket, json } = caller;
  let line = "";
  const show = (text: string): void => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    for (const whole of lines) terminal.out(whole);
  };
  await callRelay(
    socket,
    "attach",
    { session, ...options },
    {
      signal: terminal.ended,
      onEvent: (data) => {
        if (json) return terminal.out(JSON.stringify(data));
        const { item } = parseShape(data, readItem);
        const words = itemWords(item);
        if (words !== null) show(words);
      },
    },
  ).catch((error: unknown) => {
    if (!terminal.ended.aborted) throw error;
  });
  if (line !== "") terminal.out(line);
}

const readItem = z.object({
  item: z.custom<UnknownItem>((value) => typeof value === "object" && value !== null && "k" in value),
});

/** Answers an open wait. */
export async function answer(
  { terminal, socket, json }: Caller,
  session: string,
  choice: { readonly decision: "approve" | "always" | "deny"; readonly wait?: string; readonly text?: string },
): Promise<void> {
  const effective = await askSession({ terminal, socket }, "answer", { session, ...choice });
  print(terminal, json, effective, () => (choice.decision === "deny" ? "denied" : "approved"));
}

/** Ends a session, or with `turn` only what it does now. */
export async function stop({ terminal, socket, json }: Caller, session: string, turn: boolean): Promise<void> {
  const result = await askSession({ terminal, socket }, "stop", { session, turn });
  print(terminal, json, result, () => (turn ? "stopped; the session goes on" : "ended"));
}

/** Starts an interrupted or ended session again. */
export async function resume({ terminal, socket, json }: Caller, session: string): Promise<void> {
  const result = await askSession({ terminal, socket }, "resume", { session });
  print(terminal, json, result, () => "resumed");
}

/** A session of an earlier start takes nothing before it was compared with the Worker: whoever waits for that is told. */
async function askSession({ terminal, socket }: Pick<Caller, "terminal" | "socket">, method: string, params: unknown) {
  const timer = setTimeout(() => {
    callRelay(socket, "status", {}).then(
      (status) => terminal.err(waitingWords(parseShape(status, z.object({ link: z.string() })).link)),
      // The call itself fails then, and says why.
      () => undefined,
    );
  }, SLOW_MS);
  try {
    return await callRelay(socket, method, params);
  } finally {
    clearTimeout(timer);
  }
}

function waitingWords(link: string): string {
  return link === "online"
    ? "Waiting for the relay …"
    : "Waiting for the Worker, which cannot be reached: a session of an earlier start is compared with it first …";
}

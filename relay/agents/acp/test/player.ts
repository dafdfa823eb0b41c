// A fake agent program: plays the agent's side of a recording, and dies with exit code 9 when the client strays from it.
// Usage: node player.ts NAME
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { readRecording, type Line, type Rpc } from "./recording.ts";

const STRAYED = 9;
/** Choosing a mode or model is the driver's own doing; it is granted wherever the recording does not mention it. */
const GRANTED = new Set(["session/set_mode", "session/set_model", "session/set_config_option"]);
/** The recording client had a file system; the driver has none, and must say so. */
const REFUSED = /^fs\//;

const lines = readRecording(process.argv[2] ?? "");
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
/** The id the driver gave to a request, by the recorded client's id. */
const ids = new Map<unknown, unknown>();
const askedMethods = new Map<unknown, string>();

function stray(why: string, got: unknown): never {
  process.stderr.write(`${why}: ${JSON.stringify(got)}\n`);
  process.exit(STRAYED);
}

function send(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** A recorded load may be answered to a resume: the driver drops the history that a real one would not send. */
async function expectFromClient(expected: Rpc): Promise<void> {
  for (;;) {
    const next = await input.next();
    if (next.done) stray("stdin closed instead of", expected);
    const got: Rpc = JSON.parse(next.value);
    if (got.method === expected.method || (expected.method === "session/load" && got.method === "session/resume")) {
      if (got.method !== undefined) ids.set(expected.id, got.id);
      else checkAnswer(expected, got);
      return;
    }
    if (got.method === undefined || !GRANTED.has(got.method))
      stray(`not the expected ${expected.method ?? "answer"}`, got);
    send({ jsonrpc: "2.0", id: got.id, result: {} });
  }
}

function checkAnswer(expected: Rpc, got: Rpc): void {
  if (got.id !== expected.id) stray("answer to another request", got);
  if (REFUSED.test(askedMethods.get(got.id) ?? "")) {
    if (got.error?.code !== -32601) stray("a file system appeared", got);
  } else if (!isDeepStrictEqual(got.result, expected.result)) stray("another answer", got);
}

async function play({ from, msg }: Line): Promise<void> {
  if (from === "client") return expectFromClient(msg);
  if (from === "agent") {
    if (msg.method === undefined) {
      if (ids.has(msg.id)) send({ ...msg, id: ids.get(msg.id) });
    } else {
      if (msg.id !== undefined) askedMethods.set(msg.id, msg.method);
      send(msg);
    }
  } else if (msg.event === "client sends SIGTERM") {
    if (endsBySignal("SIGTERM")) process.kill(process.pid, "SIGTERM");
    else await terminated;
  } else if (msg.event === "exit") {
    process.exit(msg.code ?? 0);
  } else if (msg.event === "client closes stdin" && !(await input.next()).done) {
    stray("not the end of", "stdin");
  }
}

function endsBySignal(signal: string): boolean {
  return lines.some(({ from, msg }) => from === "event" && msg["signal"] === signal);
}

const ignoresTerm = endsBySignal("SIGKILL");
const terminated = new Promise<void>((resolve) => {
  // gemini's launcher does nothing on SIGTERM, nor when its stdin closes in a turn.
  if (ignoresTerm) process.on("SIGTERM", () => resolve());
});
// Not for ever: whoever started it may be gone without having ended it.
if (ignoresTerm) setTimeout(() => process.exit(STRAYED), 30_000);
for (const line of lines) {
  if (!(ignoresTerm && line.from === "event" && line.msg.event === "exit")) await play(line);
}

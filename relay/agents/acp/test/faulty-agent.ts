// A fake ACP agent that goes wrong in the way its argument names; otherwise it is a correct one.
// Usage: node faulty-agent.ts FAULT
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const fault = process.argv[2] ?? "none";
const SESSION = "faulty-1";
let asked = 0;
let promptId: unknown;

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function say(text: string): void {
  const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text } };
  send({ method: "session/update", params: { sessionId: SESSION, update } });
}

function ask(method: string, params: object = {}): number {
  asked += 1;
  send({ id: asked, method, params: { sessionId: SESSION, ...params } });
  return asked;
}

/** Stays although its stdin closes; not for ever, as whoever started it may be gone without having ended it. */
function linger(): void {
  setTimeout(() => process.exit(8), 30_000);
}

const PERMISSION = {
  toolCall: { toolCallId: "t1", title: "rm -rf /", kind: "execute" },
  options: [
    { optionId: "1", name: "Yes", kind: "allow_once" },
    { optionId: "2", name: "No", kind: "reject_once" },
  ],
};

const PROMPTS: Readonly<Record<string, (id: unknown) => void>> = {
  "die-in-turn": () => {
    process.stderr.write("panic: out of cheese\n");
    say("so far");
    process.kill(process.pid, "SIGKILL");
  },
  "exit-in-turn": () => process.exit(0),
  "close-stdout": () => {
    process.stdout.end();
    linger();
  },
  "long-line": () => {
    process.stdout.write("x".repeat(33 * 1024 * 1024));
    linger();
  },
  "two-megabytes": (id) => {
    say("x".repeat(2 * 1024 * 1024));
    send({ id, result: { stopReason: "end_turn" } });
  },
  "garbage-in-turn": (id) => {
    process.stdout.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
    process.stdout.write('\n{"half": \n[1,2,3]\n{"jsonrpc":"2.0","id":"nobody asked","result":{}}\nnull\n"text"\n');
    say("still here");
    send({ id, result: { stopReason: "end_turn" } });
  },
  "unknown-request": () => ask("vendor/do_magic"),
  "bad-permission": () => ask("session/request_permission", { options: "all of them" }),
  "unknown-stop": (id) => send({ id, result: { stopReason: "bored" } }),
  "no-stop": (id) => send({ id, result: {} }),
  "other-session": (id) => {
    const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "not yours" } };
    send({ method: "session/update", params: { sessionId: "another", update } });
    send({ method: "vendor/notify", params: {} });
    send({ id, result: { stopReason: "end_turn" } });
  },
  permission: () => ask("session/request_permission", PERMISSION),
  withdraw: (id) => {
    const requestId = ask("session/request_permission", PERMISSION);
    send({ method: "$/cancel_request", params: { requestId } });
    send({ id, result: { stopReason: "end_turn" } });
  },
  "ask-and-end": (id) => {
    ask("session/request_permission", PERMISSION);
    send({ id, result: { stopReason: "end_turn" } });
  },
  "asks-when-cancelled": () => say("working"),
  "null-load": (id) => send({ id, result: { stopReason: "end_turn" } }),
};

const CAN_LOAD: ReadonlySet<string> = new Set(["late-history", "null-load"]);

function answer(id: unknown, method: string): void {
  if (method === "initialize") {
    if (fault === "hang") return;
    if (fault === "garbage") process.stdout.write("Welcome to Garbage 1.0!\n");
    else if (fault === "newer") send({ id, result: { protocolVersion: 7 } });
    else if (fault === "die-at-start") {
      process.stderr.write("cannot find libfoo.so\n");
      process.exit(127);
    } else send({ id, result: { protocolVersion: 1, agentCapabilities: { loadSession: CAN_LOAD.has(fault) } } });
  } else if (method === "session/new") {
    if (fault === "logged-out") send({ id, error: { code: -32000, message: "Please run /login first" } });
    else {
      // Before its session has a name, and with a child that outlives it.
      say("early");
      if (fault === "leaves-child") spawn("sleep", ["1000"], { stdio: "inherit" });
      if (fault === "leaves-session") {
        const command = spawn("sleep", ["30"], { stdio: "ignore", detached: true });
        say(`started ${command.pid}`);
      }
      send({
        id,
        result: { sessionId: SESSION, modes: { currentModeId: "a", availableModes: [{ id: "a", name: "A" }] } },
      });
      if (fault === "deaf") {
        lines.pause();
        linger();
      }
    }
  } else if (method === "session/load") {
    if (fault === "null-load") send({ id, result: null });
  } else if (method === "session/prompt") {
    promptId = id;
    PROMPTS[fault]?.(id);
  } else if (method === "session/cancel" && fault === "asks-when-cancelled") {
    ask("session/request_permission", PERMISSION);
  }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const message: { id?: unknown; method?: string; result?: unknown; error?: { code: number } } = JSON.parse(line);
  if (message.method !== undefined) return answer(message.id, message.method);
  // What we were told, said back, ends the turn.
  say(JSON.stringify(message.error?.code ?? message.result));
  if (fault !== "ask-and-end" && fault !== "withdraw") send({ id: promptId, result: { stopReason: "end_turn" } });
});

// An ACP agent whose effects nobody can argue away: each prompt, and each answer it was given, is a line appended to a
// file. `ask …` asks for permission first; `say N` answers with N lines; anything else with one.
import { appendFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import {
  agent,
  ndJsonStream,
  PROTOCOL_VERSION,
  type AgentContext,
  type PermissionOption,
} from "@agentclientprotocol/sdk";

const OPTIONS: readonly PermissionOption[] = [
  { optionId: "yes", name: "Allow", kind: "allow_once" },
  { optionId: "no", name: "Deny", kind: "reject_once" },
];

function createEffectsAgent(effect: (line: string) => void) {
  return agent({ name: "kelpie-effects" })
    .onRequest("initialize", () => ({
      protocolVersion: PROTOCOL_VERSION,
      agentInfo: { name: "kelpie-effects", title: "Effects", version: "0.1.0" },
      agentCapabilities: {},
      authMethods: [],
    }))
    .onRequest("session/new", () => {
      effect("session");
      return { sessionId: randomUUID() };
    })
    .onRequest("session/prompt", async ({ params, client }) => {
      const { sessionId } = params;
      const text = params.prompt.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
      effect(`prompt ${text}`);
      if (text.startsWith("ask")) {
        effect(`answer ${await askPermission(client, sessionId, text)}`);
      }
      const lines = Number(/^say (\d+)/.exec(text)?.[1] ?? 1);
      for (let line = 1; line <= lines; line += 1) {
        const content = { type: "text", text: `${text} ${line}\n` } as const;
        const update = { sessionUpdate: "agent_message_chunk", messageId: randomUUID(), content } as const;
        await client.notify("session/update", { sessionId, update });
      }
      return { stopReason: "end_turn" };
    });
}

/** The chosen option, or "cancelled". */
async function askPermission(client: AgentContext, sessionId: string, title: string): Promise<string> {
  const { outcome } = await client.request("session/request_permission", {
    sessionId,
    toolCall: { toolCallId: randomUUID(), title, kind: "execute", status: "pending" },
    options: [...OPTIONS],
  });
  return outcome.outcome === "selected" ? outcome.optionId : outcome.outcome;
}

/** By hand: the web streams of Node and of browsers differ in their types. */
function standardInput(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      process.stdin.on("data", (chunk: Buffer) => controller.enqueue(new Uint8Array(chunk)));
      process.stdin.once("end", () => controller.close());
    },
  });
}

if (import.meta.main) {
  const file = process.argv[2] ?? "";
  if (process.argv.includes("--version")) process.stdout.write("0.1.0\n");
  else
    createEffectsAgent((line) => appendFileSync(file, `${line}\n`)).connect(
      ndJsonStream(Writable.toWeb(process.stdout), standardInput()),
    );
  process.stdin.once("close", () => process.exit(0));
}

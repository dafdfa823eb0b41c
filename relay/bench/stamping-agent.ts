// An ACP agent that prints stamped lines as a prompt orders: {"count", "everyMs", "size"}; each line is one message.
import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { agent, ndJsonStream, PROTOCOL_VERSION } from "@agentclientprotocol/sdk";
import { z } from "../../schema/index.ts";
import { stampedLine } from "./stamped-line.ts";

const order = z.object({ count: z.int(), everyMs: z.number(), size: z.int(), from: z.int() });

/** What one prompt asks for. */
export type Order = z.infer<typeof order>;

function createStampingAgent() {
  return agent({ name: "kelpie-bench" })
    .onRequest("initialize", () => ({
      protocolVersion: PROTOCOL_VERSION,
      agentInfo: { name: "kelpie-bench", title: "Bench", version: "0.1.0" },
      agentCapabilities: {},
      authMethods: [],
    }))
    .onRequest("session/new", () => ({ sessionId: randomUUID() }))
    .onRequest("session/prompt", async ({ params, client }) => {
      const text = params.prompt.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
      const { count, everyMs, size, from } = order.parse(JSON.parse(text));
      const startedAt = performance.now();
      for (let index = 0; index < count; index += 1) {
        const waitMs = startedAt + index * everyMs - performance.now();
        if (waitMs > 0) await delay(waitMs);
        const content = { type: "text", text: stampedLine(from + index, size) } as const;
        const update = { sessionUpdate: "agent_message_chunk", messageId: `line-${from + index}`, content } as const;
        await client.notify("session/update", { sessionId: params.sessionId, update });
      }
      return { stopReason: "end_turn" };
    });
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
  if (process.argv.includes("--version")) process.stdout.write("0.1.0\n");
  else createStampingAgent().connect(ndJsonStream(Writable.toWeb(process.stdout), standardInput()));
  process.stdin.once("close", () => process.exit(0));
}

// A model provider on loopback that follows scripts: real agent programs talk to it in tests, without account or network.
// Anything untagged (a title, a summary, a suggestion) gets one short sentence.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import {
  messageEvents,
  parseRequest,
  textOf,
  wholeMessage,
  type ApiMessage,
  type MessagesRequest,
} from "./messages-api.ts";
import { readTag, SCRIPTS, type ScriptBlock, type ScriptError } from "./script.ts";

/** One request as the provider saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly script: string | undefined;
  readonly step: number;
  readonly stream: boolean;
  /** The scripts of the whole conversation, oldest first: its memory. */
  readonly history: readonly string[];
}

export interface ScriptedProvider {
  /** Base address, without a trailing slash: ANTHROPIC_BASE_URL. */
  readonly url: string;
  /** In order of arrival; grows. */
  readonly requests: readonly SeenRequest[];
  /** Ends open answers too. Idempotent. */
  stop(): Promise<void>;
}

/** What the request gets, after the script's own failures. */
type Answer =
  | { readonly type: "blocks"; readonly blocks: readonly ScriptBlock[] }
  | { readonly type: "error"; readonly error: ScriptError }
  | { readonly type: "cut"; readonly text: string };

/** Milliseconds between the last piece of a broken answer and the break. */
const CUT_AFTER_MS = 200;

const UNTAGGED: readonly ScriptBlock[] = [{ text: "A scripted sentence." }];
const OVER: readonly ScriptBlock[] = [{ text: "(the script is over)" }];

/** Listens on a free port of 127.0.0.1. Tries are counted per script and provider: one provider serves one test. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const requests: SeenRequest[] = [];
  const tries = new Map<string, number>();
  const stopping = new AbortController();
  let answered = 0;

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // The client left in the middle of an answer (an interrupt, a kill): that is what many tests do.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const body = await readBody(request);
    if (request.method !== "POST" || path !== "/v1/messages") {
      sendJson(response, 404, { type: "error", error: { type: "not_found_error", message: "not scripted" } });
      return;
    }
    const asked = parseRequest(body);
    if (asked === undefined) {
      sendJson(response, 400, { type: "error", error: { type: "invalid_request_error", message: "not understood" } });
      return;
    }
    const { script, step, args } = placeIn(asked);
    requests.push({ path, script, step, stream: asked.stream === true, history: historyOf(asked) });
    const key = `${script}/${step}`;
    const tried = tries.get(key) ?? 0;
    tries.set(key, tried + 1);
    answered += 1;
    const facts = { id: `msg_scripted${answered}`, model: asked.model ?? "scripted" };
    const answer = script === undefined ? blocksOf(UNTAGGED) : answerOf(script, step, args, tried);
    await send(response, facts, answer, asked.stream === true, stopping.signal);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    stop: async () => {
      if (!server.listening) return;
      stopping.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Which script the conversation follows, and how many answers it has had since the tag. */
function placeIn({ messages }: MessagesRequest): {
  script: string | undefined;
  step: number;
  args: Record<string, string>;
} {
  const isTagged = (message: ApiMessage): boolean => message.role === "user" && readTag(textOf(message)) !== undefined;
  const at = messages.findLastIndex(isTagged);
  const tagged = messages[at];
  const tag = tagged === undefined ? undefined : readTag(textOf(tagged));
  if (tag === undefined) return { script: undefined, step: 0, args: {} };
  const step = messages.slice(at + 1).filter((message) => message.role === "assistant").length;
  return { script: tag.name, step, args: { ...tag.args } };
}

function historyOf({ messages }: MessagesRequest): string[] {
  return messages.filter(({ role }) => role === "user").flatMap((message) => readTag(textOf(message))?.name ?? []);
}

function answerOf(script: string, at: number, args: Record<string, string>, tried: number): Answer {
  const step = SCRIPTS[script]?.(args)[at];
  if (step === undefined) return blocksOf(OVER);
  if ("blocks" in step) return blocksOf(step.blocks);
  if ("cut" in step) return tried === 0 ? { type: "cut", text: step.cut } : blocksOf(step.then);
  return tried < step.times ? { type: "error", error: step.fail } : blocksOf(step.then);
}

function blocksOf(blocks: readonly ScriptBlock[]): Answer {
  return { type: "blocks", blocks };
}

async function send(
  response: ServerResponse,
  facts: { readonly id: string; readonly model: string },
  answer: Answer,
  isStream: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (answer.type === "error") {
    const { status, type, message, headers = {} } = answer.error;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendJson(response, status, { type: "error", error: { type, message }, request_id: "req_scripted" });
    return;
  }
  const blocks = answer.type === "cut" ? [{ text: answer.text, chunkChars: 8 }] : answer.blocks;
  if (!isStream) {
    sendJson(response, 200, wholeMessage({ ...facts, blocks }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_scripted" });
  for (const { event, gapMs } of messageEvents({ ...facts, blocks })) {
    if (answer.type === "cut" && event.type === "content_block_stop") {
      // A client that finds the end together with the last piece throws the piece away unread.
      await delay(CUT_AFTER_MS, undefined, { signal });
      // What was written still arrives; the end of the stream is missing.
      response.socket?.destroySoon();
      return;
    }
    if (gapMs > 0) await delay(gapMs, undefined, { signal });
    if (response.destroyed) return;
    const isRoom = response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (!isRoom) await once(response, "drain", { signal });
  }
  response.end();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "request-id": "req_scripted" });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

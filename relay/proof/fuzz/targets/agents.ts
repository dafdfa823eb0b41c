// What agents print: claude's stream-json, ACP's JSON-RPC, and the bytes of a pipe before either; and what a prompt holds.
import type { ContentBlock } from "@agentclientprotocol/sdk";
import { type Bytes, isAppError, parseJson, promptBlocks, type WaitAnswer } from "../../../../schema/index.ts";
import { sessionResult } from "../../../agents/acp/shapes.ts";
import { offerOf } from "../../../agents/acp/offer.ts";
import { ByteTail } from "../../../agents/byte-tail.ts";
import { userContent } from "../../../agents/claude/content.ts";
import { ClaudeTranslator } from "../../../agents/claude/translate.ts";
import { readLimitEnd, saysUsageLimit } from "../../../agents/claude/usage-limit.ts";
import { parseScript } from "../../../agents/demo/script.ts";
import { LineSplitter } from "../../../agents/lines.ts";
import { checkPrompt } from "../../../sessions/prompt-blocks.ts";
import { feedAcp } from "../acp-feed.ts";
import { shortRecordings } from "../fixtures.ts";
import { bytesOf, type FuzzTarget, textTarget } from "../target.ts";

const MIB = 1024 * 1024;
/** A line may have 32 MiB in the product; no parser of JSON reads that in 50 ms, so the claim is held for the first MiB. */
const LINE_BYTES = MIB;
/** Each line is an input of its own to the parser; a few show what one does to the next. */
const LINES = 32;
const PROMPT_FRAME_BYTES = 192 * 1024;
const AT = 1_795_000_000_000;
const ANSWERS: readonly WaitAnswer[] = [
  { choices: [[0], [1]], text: "x" },
  { option: "always" },
  { option: "approve" },
  { option: "deny" },
];

/** A process's whole life: every line, an answer to everything it asks, the next prompt, the end. */
function translate(text: string): void {
  const translator = new ClaudeTranslator({ now: () => AT });
  const facts = [...firstLines(text).flatMap((line) => translator.line(line)), ...translator.promptStarts()];
  const keys = facts.flatMap((fact) =>
    fact.type === "event" && fact.event.type === "wait" ? [fact.event.wait.key] : [],
  );
  for (const key of keys) for (const answer of ANSWERS) refusable(() => translator.answer(key, answer));
  translator.finish();
}

function firstLines(text: string): readonly string[] {
  return text.split("\n", LINES);
}

function refusable(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
}

/** The same bytes whole, and in pieces whose size the first byte says. */
function split(input: Bytes): void {
  const splitter = new LineSplitter(256 * 1024);
  const piece = 64 + (input[0] ?? 0) * 8;
  for (let at = 0; at < input.length; at += piece) splitter.push(Buffer.from(input.subarray(at, at + piece)));
  splitter.finish();
  const tail = new ByteTail(8 * 1024);
  for (let at = 0; at < input.length; at += piece) tail.push(Buffer.from(input.subarray(at, at + piece)));
  tail.text();
}

const TEXTS: readonly object[] = [{ type: "text", text: "go on", _meta: { a: [1] } }];
const BLOCKS: readonly object[] = [
  { type: "text", text: "go" },
  { type: "image", mimeType: "image/png", data: "AA==" },
  { type: "resource_link", uri: "file:///home/me/a%20b.ts", name: "a" },
  { type: "resource", resource: { uri: "file:///a", text: "x" } },
  { type: "audio", data: "", mimeType: "audio/wav" },
];

/** Parsers of what agents say, and of what is said to them. */
export const AGENT_TARGETS: readonly FuzzTarget[] = [
  textTarget({
    name: "claude-lines",
    claim: "claude's stream-json lines",
    maxBytes: LINE_BYTES,
    corpus: () => shortRecordings("claude"),
    tokens: [
      '"type":"',
      "assistant",
      "tool_use",
      "can_use_tool",
      "AskUserQuestion",
      "ExitPlanMode",
      "TodoWrite",
      '"index":',
      "result",
    ],
    read: translate,
  }),
  textTarget({
    name: "acp-lines",
    claim: "JSON-RPC lines of ACP agents",
    maxBytes: LINE_BYTES,
    corpus: () => shortRecordings("acp"),
    tokens: [
      '"method":"',
      "session/update",
      "session/request_permission",
      "elicitation/create",
      "_kelpie/limit",
      '"id":1',
      '"error":',
    ],
    read: (text) => feedAcp(firstLines(text)),
  }),
  textTarget({
    name: "acp-session",
    claim: "what an ACP agent offers: modes, models, options",
    maxBytes: LINE_BYTES,
    corpus: () => [
      '{"sessionId":"s","modes":{"currentModeId":"a","availableModes":[{"id":"a","name":"A"}]}}',
      '{"configOptions":[{"id":"m","category":"model","currentValue":"a","options":[{"value":"a","name":"A"}]}]}',
      '{"models":{"currentModelId":"a","availableModels":[{"modelId":"a/high","name":"A"}]}}',
    ],
    read: (text) => offerOf(parseJson(text, sessionResult)),
  }),
  {
    name: "lines",
    claim: "the bytes of an agent's pipe, cut into lines",
    // A pipe gives at most 64 KiB at once; this is four of them.
    maxBytes: 256 * 1024,
    corpus: () => [bytesOf("a\nb\r\n\nc"), bytesOf("\u00e9\n\ud83d\ude00")],
    run: split,
  },
  textTarget({
    name: "prompt",
    claim: "what a prompt holds, on its way to an agent",
    maxBytes: PROMPT_FRAME_BYTES,
    corpus: () => [
      JSON.stringify([...TEXTS, ...TEXTS]),
      JSON.stringify(TEXTS),
      JSON.stringify(BLOCKS),
      ...BLOCKS.map((block) => JSON.stringify([block])),
    ],
    tokens: ["file://", "%", "resource_link", "resource"],
    read: (text) => {
      const blocks = parseJson(text, promptBlocks);
      checkPrompt(blocks);
      // What is checked above is text; the rest of ACP's blocks is the driver's to refuse.
      userContent(blocks.map(({ text: words = "" }): ContentBlock => ({ type: "text", text: words })));
    },
  }),
  textTarget({
    name: "usage-limit",
    claim: "a vendor's words about a usage limit",
    maxBytes: LINE_BYTES,
    corpus: () => [
      "You've hit your session limit · resets 3pm (Europe/Berlin)",
      "Claude AI usage limit reached|1795000000",
      "limit reached, resets at 11:30 am (UTC)",
    ],
    read: (text) => [saysUsageLimit(text), readLimitEnd(text, AT)],
  }),
  textTarget({
    name: "demo-script",
    claim: "what a prompt asks of the demo agent",
    maxBytes: 64 * 1024,
    corpus: () => [
      "help",
      "stream 500 fast then run ls -la",
      "please ask, then plan\nlimit 5s",
      "One run in five fails",
    ],
    read: parseScript,
  }),
];

// What a screen makes of an agent's words before it draws them: escaping, Markdown, diffs, the conversation, a card's words.
import {
  FRAME_BYTES,
  RECORD_BYTES,
  parseJson,
  permissionRequest,
  type Hash,
  recordPlain,
  type SessionId,
  type MachineId,
  WAIT_KINDS,
  type WaitId,
} from "../../../../schema/index.ts";
import { diffTable } from "../../../../web/ui/diff-rows.ts";
import { escapedText, escapeForDisplay } from "../../../../web/ui/escape-for-display.ts";
import { markdownBlocks } from "../../../../web/ui/markdown-blocks.ts";
import { prosePieces } from "../../../../web/ui/prose-pieces.ts";
import { insideFolder, isSameFolder, withShortPaths } from "../../../../web/ui/workspace-path.ts";
import { namedIn, TimelineFold } from "../../../../web/live/timeline/fold.ts";
import type { FoldedWait } from "../../../../web/live/timeline/context.ts";
import type { WaitView } from "../../../../web/live/model.ts";
import { readRequest } from "../../../../web/live/timeline/wait-words.ts";
import { factsBesides, permissionShape } from "../../../../web/views/waits/permission-shape.ts";
import { waitFrom, waitLine, waitName, waitTitle } from "../../../../web/views/waits/wait-words.ts";
import { recordTexts, waitTexts } from "../honest.ts";
import { type FuzzTarget, textTarget, unescaped } from "../target.ts";

const KIB = 1024;
const PROSE = `# Title\n\nSome *words* and \`code\`.\n\n\`\`\`ts\nlet a = 1;\n\`\`\`\n\n- a\n  - b\n\n> quote\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[x]: https://example.com\n`;
const CONTEXT = { nameOf: () => "you", ownCommand: () => null, waitView: viewOf };

function viewOf({ wid, kind, request, since, until }: FoldedWait): WaitView {
  return {
    ...{
      machine: "m" as MachineId,
      machineName: "studio",
      session: "s" as SessionId,
      sessionTitle: "T",
      agent: "claude",
    },
    ...{ project: "p", cwd: "~/p", wid, request, kind, since, answering: null },
    ...(until === undefined ? {} : { until }),
  };
}

function fold(text: string): void {
  const items = parseJson(text, recordPlain);
  const timeline = new TimelineFold(CONTEXT);
  for (const seq of [1, 2]) timeline.apply({ seq, h: "" as Hash, time: seq, items, bytes: text.length });
  timeline.refreshWaits();
  timeline.takeSplices();
  namedIn(items);
}

function showWait(text: string): void {
  const kind = WAIT_KINDS[text.length % WAIT_KINDS.length] ?? "permission";
  const request = readRequest(kind, text);
  const view = viewOf({ wid: "w" as WaitId, kind, req: text, request, since: 0, until: undefined });
  const clock = { zone: "UTC", now: 0 };
  for (const words of [waitName(view, clock, "~/p"), waitFrom(view), waitTitle(view), waitLine(view, clock)])
    escapedText(words);
}

/** Nothing hidden may be left in what is shown. */
function escape(text: string): void {
  const shown = escapeForDisplay(unescaped(text))
    .map((part) => part.text)
    .join("");
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u.test(shown))
    throw new Error("a hidden character is shown");
}

function prose(text: string): void {
  for (const piece of prosePieces(unescaped(text))) markdownBlocks(piece.text);
}

function diff(text: string): void {
  const [before = "", after = ""] = unescaped(text).split("\0");
  diffTable(before === "" ? null : before, after);
}

/** Pure parts of the screens. */
export const SCREEN_TARGETS: readonly FuzzTarget[] = [
  textTarget({
    name: "display-escape",
    claim: "control, bidi and invisible characters, ANSI and OSC in what is approved",
    maxBytes: 256 * KIB,
    corpus: () => ["rm -rf \u202e\u2066x\u2069\n\n\tls\u200b", "\u001b]52;c;aGk=\u0007\u001b[31mx", "a\\ud800b\\udc00"],
    read: escape,
  }),
  textTarget({
    name: "markdown",
    claim: "Markdown of answers, cut into pieces and blocks",
    maxBytes: RECORD_BYTES,
    corpus: () => [PROSE, PROSE.repeat(40), `${"word ".repeat(900)}\n\n${PROSE}`],
    tokens: ["\n\n", "```", "~~~", "[a]: b\n", "\n- ", "\n|", "\n---\n", "    "],
    read: prose,
  }),
  textTarget({
    name: "diff",
    claim: "diffs of proposed edits",
    maxBytes: RECORD_BYTES,
    corpus: () => ["a\nb\nc\0a\nx\nc", `${"line\n".repeat(50)}\0${"line\n".repeat(40)}new words\n`, "\0new\n"],
    tokens: ["\0", "\n", "a b c", "\\ No newline"],
    read: diff,
  }),
  textTarget({
    name: "timeline",
    claim: "items of a record, folded into a conversation",
    maxBytes: FRAME_BYTES,
    corpus: recordTexts,
    tokens: ["tool_call", "agent_message_chunk", '"k":"acp"', '"void":true'],
    read: fold,
  }),
  textTarget({
    name: "wait-card",
    claim: "a wait's request as a card shows it",
    maxBytes: FRAME_BYTES,
    corpus: waitTexts,
    read: showWait,
  }),
  textTarget({
    name: "permission",
    claim: "a permission's tool call",
    maxBytes: FRAME_BYTES,
    corpus: () => waitTexts().slice(0, 2),
    read: (text) => factsBesides(permissionShape(parseJson(text, permissionRequest)), "~/p"),
  }),
  textTarget({
    name: "paths",
    claim: "paths in an agent's words",
    maxBytes: 64 * KIB,
    corpus: () => ["Edit /home/me/code/a/b.ts and ~/code/x", "/home/me/code", "~"],
    read: (text) => [insideFolder(text, "~/code"), isSameFolder(text, "~/code"), withShortPaths(text)],
  }),
];

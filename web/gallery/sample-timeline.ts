// A sample conversation with one entry of every kind.
import type { CommandKey, TimelineEntry, ToolView } from "../live/model.ts";
import { NOW, machineOf, waits } from "./sample-sessions.ts";

const MINUTE_MS = 60_000;
const command: CommandKey = { machine: machineOf(1), g: 1, ctr: 1 };

/** A tool call; name only what matters. */
export function toolView(facts: Partial<ToolView>): ToolView {
  return {
    id: "t",
    title: "",
    what: "other",
    status: "completed",
    paths: [],
    command: null,
    output: "",
    outputCut: false,
    diffs: [],
    parent: null,
    ms: null,
    ...facts,
  };
}

const user = (
  key: string,
  text: string,
  facts: Partial<Extract<TimelineEntry, { kind: "user" }>> = {},
): TimelineEntry => ({
  kind: "user",
  key,
  at: NOW - 3 * MINUTE_MS,
  blocks: [{ type: "text", text }],
  delivery: "agent",
  refusal: null,
  command: null,
  by: null,
  queued: false,
  ...facts,
});

const PROSE = `The test closes the stream before the last chunk is written. \`flush()\` resolves when the *first* part is acknowledged, so a slow second part is cut off:

\`\`\`ts
for (const part of parts) queue.push(part)
await flush()          // first part only
return { etag: tags[0] }
\`\`\`
`;

/** The mockup's conversation. */
export const conversation: readonly TimelineEntry[] = [
  {
    kind: "turn",
    key: "1",
    at: NOW - 3 * MINUTE_MS,
    turn: 1,
    end: { at: NOW - 72_000, stop: "end_turn", usage: { costUsd: 0.14 } },
  },
  user("2", "The upload test fails about one run in five on CI. Find out why before changing anything."),
  {
    kind: "thought",
    key: "3",
    at: NOW,
    text: "Flaky one in five: a race. Look at what the test awaits.",
    ms: 9000,
    streaming: false,
  },
  {
    kind: "tool",
    key: "4",
    at: NOW,
    tool: toolView({ what: "execute", command: "npm test -- upload", output: "1 failed, 4 passed\n", ms: 24_000 }),
  },
  { kind: "prose", key: "5", at: NOW, text: PROSE, streaming: false },
  {
    kind: "plan",
    key: "6",
    at: NOW,
    steps: [
      { text: "Find the race in the upload stream", status: "completed" },
      { text: "Wait for every part before closing", status: "completed" },
      { text: "Run the suite with retries off", status: "in_progress" },
      { text: "Remove the retry from the CI job", status: "pending" },
    ],
  },
  { kind: "turn", key: "7", at: NOW - MINUTE_MS, turn: 2, end: null },
  user("8", "Right. Fix it in the stream, not in the test.", { at: NOW - MINUTE_MS }),
  {
    kind: "tool",
    key: "9",
    at: NOW,
    tool: toolView({ what: "read", paths: ["upload.test.ts"], output: "x\n".repeat(96) }),
  },
  {
    kind: "tool",
    key: "10",
    at: NOW,
    tool: toolView({
      what: "edit",
      diffs: [
        {
          path: "src/upload/stream.ts",
          before: "for (const p of parts) queue.push(p)\nawait flush()\nreturn { etag: tags[0] }\n",
          after: "for (const p of parts) queue.push(p)\nawait flush({ all: true })\nreturn { etag: join(tags) }\n",
        },
      ],
    }),
  },
  { kind: "prose", key: "11", at: NOW, text: "Now I need one clean run to be sure.", streaming: false },
  user("12", "Run it twice, please", { delivery: "machine", command, queued: true }),
  user("13", "and show me the timings", { delivery: "device", command }),
];

/** What a conversation also holds, now and then. */
export const events: readonly TimelineEntry[] = [
  user("e1", "Rebase onto main and push", {
    delivery: "refused",
    command,
    refusal: { code: "E_SCOPE", text: "harbor-web is not trusted", next: "Trust it on Machine." },
  }),
  user("e2", "Then tag v3.15.0", { delivery: "unknown", command }),
  user("e3", "and write the changelog", { delivery: "stored", command }),
  ...waits.slice(0, 2).flatMap((wait, index): TimelineEntry[] => [
    {
      kind: "wait",
      key: `w${index}`,
      at: NOW,
      wait,
      done: index === 1 ? null : { at: NOW, by: "Pixel 9", answer: {}, outcome: "Approved" },
    },
  ]),
  {
    kind: "wait",
    key: "w9",
    at: NOW,
    wait: waits[0] ?? waitMissing(),
    done: { at: NOW, by: "you", answer: { text: "Use the staging bucket instead" }, outcome: "Denied" },
  },
  { kind: "note", key: "n1", at: NOW, code: "retry", text: "529 overloaded, attempt 2 of 10" },
  {
    kind: "error",
    key: "n2",
    at: NOW,
    text: 'API Error: 401 {"type":"error","error":{"type":"authentication_error"}}',
  },
  { kind: "mode", key: "n3", at: NOW, mode: "accept edits" },
  {
    kind: "tool",
    key: "n4",
    at: NOW,
    tool: toolView({ what: "execute", command: "git push", status: "failed", output: "rejected" }),
  },
  {
    kind: "tool",
    key: "n5",
    at: NOW,
    tool: toolView({ what: "execute", command: "npm run build", status: "in_progress" }),
  },
  { kind: "unsupported", key: "n6", at: NOW, what: "hologram" },
  { kind: "state", key: "n7", at: NOW, state: "interrupted", why: "the relay stopped" },
];

function waitMissing(): never {
  throw new Error("the sample waits are empty");
}

// What a prompt asks the demo agent to do. Pure: words in, acts out.

export type Act =
  | { readonly do: "help" }
  | { readonly do: "stream"; readonly lines: number; readonly isPaced: boolean }
  | { readonly do: "think" }
  | { readonly do: "edit" }
  | { readonly do: "run"; readonly command: string }
  | { readonly do: "ask" }
  | { readonly do: "plan" }
  | { readonly do: "limit"; readonly durationMs: number }
  | { readonly do: "fail" }
  | { readonly do: "crash" }
  | { readonly do: "big" }
  | { readonly do: "hang" }
  | { readonly do: "tour" };

/** More would only keep a machine busy. */
const MAX_LINES = 1_000_000;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

interface Keyword {
  readonly pattern: string;
  act(match: RegExpExecArray): Act;
}

const KEYWORDS: readonly Keyword[] = [
  { pattern: "help", act: () => ({ do: "help" }) },
  {
    pattern: "stream\\s+(\\d+)(?:\\s+lines)?(\\s+fast)?",
    act: (match) => ({
      do: "stream",
      lines: Math.min(Number(match[1]), MAX_LINES),
      isPaced: match[2] === undefined,
    }),
  },
  { pattern: "think", act: () => ({ do: "think" }) },
  { pattern: "edit", act: () => ({ do: "edit" }) },
  // "One run in five fails" names no command.
  {
    pattern: "(?<!\\b(?:a|an|each|every|first|last|no|one|test|the|this|that)\\s)run\\s+(\\S.*)",
    act: (match) => ({ do: "run", command: (match[1] ?? "").trim() }),
  },
  { pattern: "ask", act: () => ({ do: "ask" }) },
  { pattern: "plan", act: () => ({ do: "plan" }) },
  {
    pattern: "limit\\s+(\\d+)\\s*([smh])?",
    act: (match) => ({
      do: "limit",
      durationMs: Number(match[1]) * (UNIT_MS[match[2]?.toLowerCase() ?? "s"] ?? 1_000),
    }),
  },
  { pattern: "fail", act: () => ({ do: "fail" }) },
  { pattern: "crash", act: () => ({ do: "crash" }) },
  { pattern: "big", act: () => ({ do: "big" }) },
  { pattern: "hang", act: () => ({ do: "hang" }) },
];

type Compiled = Pick<Keyword, "act"> & { readonly pattern: RegExp };
const [FIRST = [], ANYWHERE = []] = ["^", "\\b"].map((before) =>
  KEYWORDS.map((keyword): Compiled => ({ ...keyword, pattern: new RegExp(`${before}${keyword.pattern}(?!\\w)`, "i") })),
);

/** Spaces are walked over once: from the first of them only. */
const STEP = /\n|[,;]\s+then\s+|(?<!\s)\s+then\s+/i;

/**
 * Acts in the order they are named. A step is a line, or a part of it between "then"s, that begins with a keyword; when
 * no step does, the first keyword anywhere counts; when there is none, it is the tour.
 */
export function parseScript(prompt: string): readonly Act[] {
  const steps = prompt.split(STEP).map((step) => step.trim().replace(/^(please|now|and)\s+/i, ""));
  const acts = steps.flatMap((step) => {
    const found = FIRST.flatMap((keyword) => actOf(keyword, step));
    return found.slice(0, 1).map(({ act }) => act);
  });
  if (acts.length > 0) return acts;
  const anywhere = ANYWHERE.flatMap((keyword) => actOf(keyword, prompt)).sort((a, b) => a.index - b.index);
  return [anywhere[0]?.act ?? { do: "tour" }];
}

function actOf(keyword: Compiled, text: string): { act: Act; index: number }[] {
  const match = keyword.pattern.exec(text);
  return match === null ? [] : [{ act: keyword.act(match), index: match.index }];
}

export const HELP = `I am the demo agent: no account, no model, no cost. Say one of these, or several with "then" between:

- \`stream 50\`: fifty numbered lines at reading speed; \`stream 500 fast\` without pauses
- \`think\`: some thoughts before an answer
- \`edit\`: edits kelpie-demo.md in this workspace, after asking
- \`run ls -la\`: runs a command in this workspace, after asking
- \`ask\`: a multiple-choice question
- \`plan\`: a plan to accept or send back
- \`limit 5s\`: waits on a usage limit, then goes on
- \`big\`: 2 MB of text
- \`fail\`: an error in the vendor's words; \`crash\`: dies; \`hang\`: says nothing until stopped

Anything else shows a bit of everything.
`;

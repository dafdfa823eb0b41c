// Bounds of the parsers of untrusted bytes: depth, length, one walk over the text, and words for what they refuse.
import type { Mutant } from "./mutant.ts";

/** Vitest cuts a value in a title to forty characters. */
const FUZZ = "relay/proof/fuzz/fuzz.test.ts";

export const PARSER_MUTANTS: readonly Mutant[] = [
  {
    id: "s27-any-depth",
    claim: "S27",
    rule: "JSON beyond its depth is refused before it is parsed",
    file: "schema/codec.ts",
    find: 'if (isDeeper(text, depth)) throw new AppError("E_SCHEMA", { reason: "nested too deeply" });',
    replace: "",
    test: {
      file: FUZZ,
      name: "S27 acp-lines once: a permission nested beyond JSON.stringi…",
    },
  },
  {
    id: "s27-blank-lines-walked-again",
    claim: "S27",
    rule: "front matter is looked for within one line",
    file: "relay/projects/program-files.ts",
    find: String.raw`/^[^\S\r\n\u2028\u2029]*(hooks`,
    replace: String.raw`/^\s*(hooks`,
    test: {
      file: FUZZ,
      name: "S27 program-files once: quadratic: a run of blank lines was wal…",
    },
  },
  {
    id: "s27-spaces-split-two-ways",
    claim: "S27",
    rule: "spaces in a section's header belong to one place",
    file: "relay/projects/git-config.ts",
    find: String.raw`"\s*)?\]/s`,
    replace: String.raw`")?\s*\]/s`,
    test: { file: FUZZ, name: "S27 git-config once: quadratic: spaces in a section's header…" },
  },
  {
    id: "s27-json-error-escapes",
    claim: "S27",
    rule: "text that is no JSON is refused in our own words",
    file: "schema/codec.ts",
    find: 'throw new AppError("E_SCHEMA", { reason: "not JSON" }, { cause });',
    replace: "throw cause;",
    test: { file: FUZZ, name: "S27 embedded-event once: a SyntaxError left the parser" },
  },
  {
    id: "s27-any-shape",
    claim: "S27",
    rule: "a line of a session host is looked at before it is used",
    file: "relay/sessions/host/host-protocol.ts",
    find: "z.custom<HostEvent>((value) => hostEvent.safeParse(value).success),",
    replace: "z.custom<HostEvent>(() => true),",
    test: { file: FUZZ, name: "S27 host-failure once: a failure without its fields was taken …" },
  },
];

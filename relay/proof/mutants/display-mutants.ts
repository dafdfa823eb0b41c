// Rules of what is shown: nothing runs, nothing is fetched, nothing of an approval is hidden.
import type { FailingTest, Mutant } from "./mutant.ts";

const shown = (what: string): FailingTest => ({
  file: "web/ui/rich-markdown.test.tsx",
  name: `S19 ${what} in an agent's words becomes text or a plain link, and nothing is fetched or run`,
});

export const DISPLAY_MUTANTS: readonly Mutant[] = [
  {
    id: "s19-images-are-fetched",
    claim: "S19",
    rule: "an image in an agent's words is a link",
    file: "web/ui/rich-markdown.tsx",
    find: '  img: ({ src, alt }) => <OutsideLink href={src}>{alt === undefined || alt === "" ? "image" : alt}</OutsideLink>,\n',
    replace: "",
    test: shown("an image of Markdown"),
  },
  {
    id: "s19-any-element",
    claim: "S19",
    rule: "HTML in an agent's words is text",
    file: "web/ui/rich-markdown.tsx",
    find: "    <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>\n      {text}\n    </ReactMarkdown>",
    replace: "    <div dangerouslySetInnerHTML={{ __html: text }} />",
    test: shown("a script"),
  },
  {
    id: "s19-hidden-characters",
    claim: "S19",
    rule: "characters that may be drawn as nothing are written out",
    file: "web/ui/escape-for-display.ts",
    find: String.raw`\p{Default_Ignorable_Code_Point}`,
    replace: "",
    test: {
      file: "web/ui/escape-for-display.test.ts",
      name: "escapeForDisplay S19 writes out a hangul filler",
    },
  },
  {
    id: "s19-scripts-of-anybody",
    claim: "S19",
    rule: "the page runs scripts of its own origin only",
    file: "worker/headers.ts",
    find: "\"script-src 'self'\",",
    replace: "\"script-src 'self' 'unsafe-inline'\",",
    test: { file: "worker/http.test.ts", name: "S19 / carries the strict headers and no CORS" },
  },
];

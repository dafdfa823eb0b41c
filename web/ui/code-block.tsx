import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";
import { later } from "./later.tsx";

const Highlighted = later(
  async () => (await import("./highlighted-code.tsx")).HighlightedCode,
  ({ text }) => text,
);

/** Characters above which code is shown plain: the highlighter runs on the page's thread. */
const MAX_HIGHLIGHTED_CHARS = 20_000;

interface CodeBlockProps {
  readonly text: string;
  /** A path or a language; shown as the caption and used to choose the grammar. */
  readonly name?: string | undefined;
}

/** A panel of code with a Copy button. Plain at once; coloured when the highlighter is there, without moving anything. */
export function CodeBlock({ text, name = "" }: CodeBlockProps): ReactNode {
  const body = text.replace(/\n$/u, "");
  const isLong = body.length > MAX_HIGHLIGHTED_CHARS;
  return (
    <figure className="panel">
      <figcaption className="cap" data-low="">
        <span className="what mono">{name === "" ? "text" : name}</span>
        <CopyButton text={body} what="code" look="icon" />
      </figcaption>
      <pre className="code" tabIndex={0} aria-label={`Code, ${name === "" ? "text" : name}`}>
        <code>{isLong || name === "" ? body : <Highlighted text={body} name={name} />}</code>
      </pre>
    </figure>
  );
}

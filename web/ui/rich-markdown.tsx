// The Markdown renderer; a chunk of its own. It renders React elements only and never HTML from the text.
import { memo } from "react";
import type { ReactNode } from "react";
import ReactMarkdown from "react-markdown";
import type { Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CodeBlock } from "./code-block.tsx";
import { markdownBlocks } from "./markdown-blocks.ts";

const PLUGINS = [remarkGfm];

// An image in an agent's words would be a request to an address of the agent's choosing: it is shown as a link instead.
// A link leaves in a tab of its own and takes neither referrer nor opener with it.
const COMPONENTS: Components = {
  a: ({ href, children }) => <OutsideLink href={href}>{children}</OutsideLink>,
  img: ({ src, alt }) => <OutsideLink href={src}>{alt === undefined || alt === "" ? "image" : alt}</OutsideLink>,
  pre: ({ children }) => children,
  code: ({ className, children, node }) => {
    const isBlock = node?.position !== undefined && node.position.end.line > node.position.start.line;
    const language = /language-(\S+)/u.exec(className ?? "")?.[1];
    if (!isBlock && language === undefined) return <code>{children}</code>;
    return <CodeBlock text={textOf(children)} name={language} />;
  },
  table: ({ children }) => (
    <div className="table" tabIndex={0} role="group" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
};

/** See `Markdown`, which loads this. Blocks that did not change are not parsed again. */
export function RichMarkdown({ text }: { text: string }): ReactNode {
  return (
    <div className="prose">
      {markdownBlocks(text).map((block, index) => (
        <Block key={index} text={block} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text }: { text: string }): ReactNode {
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  );
});

function OutsideLink({ href, children }: { href: string | Blob | undefined; children: ReactNode }): ReactNode {
  if (typeof href !== "string" || !/^(?:https?|mailto):/iu.test(href)) return <span className="mono">{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

function textOf(node: ReactNode): string {
  if (typeof node === "string") return node;
  if (Array.isArray(node)) return node.map(textOf).join("");
  return "";
}

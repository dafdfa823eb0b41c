// The highlighter and its usual grammars; a chunk of its own.
import { common, createLowlight } from "lowlight";
import { useMemo } from "react";
import type { ReactNode } from "react";

type Highlighter = ReturnType<typeof createLowlight>;
type Tree = ReturnType<Highlighter["highlight"]>;
type TreeNode = Tree["children"][number];

/** See `CodeBlock`, which loads this. An unknown language is left plain. */
export function HighlightedCode({ text, name }: { text: string; name: string }): ReactNode {
  const tree = useMemo(() => highlight(text, languageOf(name)), [text, name]);
  return tree === null ? text : tree.children.map(draw);
}

let highlighter: Highlighter | null = null;

function highlight(text: string, language: string): Tree | null {
  // Made once and on first use: it compiles every grammar.
  highlighter ??= createLowlight(common);
  return highlighter.registered(language) ? highlighter.highlight(language, text) : null;
}

// "src/upload/stream.ts:41" and "ts" both mean the grammar known as "ts".
function languageOf(name: string): string {
  const file = name.replace(/:\d+$/u, "");
  return (/\.([a-z0-9]+)$/iu.exec(file)?.[1] ?? file).toLowerCase();
}

function draw(node: TreeNode, index: number): ReactNode {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return null;
  const names = node.properties["className"];
  return (
    <span key={index} className={Array.isArray(names) ? names.join(" ") : undefined}>
      {node.children.map(draw)}
    </span>
  );
}

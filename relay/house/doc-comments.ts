// Counts which exported functions and classes say in a comment what their signature cannot.
import type { SourceFile } from "./source-files.ts";

const EXPORT = /^export (?:default )?(?:async )?(?:function\*?|(?:abstract )?class) (\w+)/;
/** Share of exported functions and classes that must have one: style.md, "Numbers we hold ourselves to". */
const NEEDED = { schema: 1, elsewhere: 0.7 } as const;

/** Sentences for each folder that has too few; tests and tools are not counted. */
export function checkDocComments(files: readonly SourceFile[]): string[] {
  const counted = files.filter((file) => !/\.test\.tsx?$|\/test\/|^relay\/(?:house|bench|proof)\//.test(file.path));
  return ["schema", "worker", "relay", "web"].flatMap((folder) => {
    const exports = counted.filter((file) => file.path.startsWith(`${folder}/`)).flatMap(listExports);
    const missing = exports.filter((each) => !each.hasComment);
    const needed = folder === "schema" ? NEEDED.schema : NEEDED.elsewhere;
    if (exports.length === 0 || 1 - missing.length / exports.length >= needed) return [];
    const share = `${exports.length - missing.length} of ${exports.length}`;
    const some = missing.slice(0, 10).map((each) => `${each.path} ${each.name}`);
    return [`${folder}/: ${share} exported functions and classes have a doc comment; missing: ${some.join(", ")}`];
  });
}

function listExports(file: SourceFile): { path: string; name: string; hasComment: boolean }[] {
  const lines = file.text.split("\n");
  return lines.flatMap((line, index) => {
    const name = EXPORT.exec(line)?.[1];
    if (name === undefined) return [];
    // Of an overloaded function, the first signature carries the comment.
    const before = lines[index - 1] ?? "";
    if (new RegExp(`^export function ${name}\\b.*;$`).test(before)) return [];
    return [{ path: file.path, name, hasComment: /\*\/\s*$/.test(before) }];
  });
}

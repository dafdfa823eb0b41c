import { later } from "./later.tsx";

/** Unified lines with word marks. While the differ loads, the new text stands there in the same type. */
export const Diff = later(
  async () => (await import("./diff-lines.tsx")).DiffLines,
  ({ newText, firstLine = 1 }) => (
    <div className="diff" aria-busy="true">
      {newText.split("\n", 24).map((line, index) => (
        <p key={index} className="l" data-sign=" ">
          <i>{firstLine + index}</i>
          <s />
          <span>{line}</span>
        </p>
      ))}
    </div>
  ),
);

/** "+2 −1"; nothing until it is known. */
export const DiffTotals = later(
  async () => (await import("./diff-lines.tsx")).DiffCounts,
  () => null,
);

/** Fetches the differ ahead of the first edit. */
export async function loadDiff(): Promise<void> {
  await Promise.all([Diff.load(), DiffTotals.load()]);
}

// The QR encoder and its drawing; loaded only where a code is shown.
import { useMemo } from "react";
import type { ReactNode } from "react";
import { encode } from "uqr";

/** See `QrCode`, which loads this. */
export function QrModules({ text }: { text: string }): ReactNode {
  const { size, path } = useMemo(() => {
    const code = encode(text, { ecc: "M", border: 0 });
    return { size: code.size, path: pathOf(code.data) };
  }, [text]);
  return (
    <svg viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" aria-hidden>
      <path d={path} fill="#000" />
    </svg>
  );
}

// One rectangle per run of dark modules: fewer seams than one per module.
function pathOf(rows: readonly (readonly boolean[])[]): string {
  const pieces: string[] = [];
  rows.forEach((row, y) => {
    let x = 0;
    while (x < row.length) {
      let end = x;
      while (row[end] === true) end += 1;
      if (end > x) pieces.push(`M${x} ${y}h${end - x}v1h-${end - x}z`);
      x = Math.max(end, x) + 1;
    }
  });
  return pieces.join("");
}

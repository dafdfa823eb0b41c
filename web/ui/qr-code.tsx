import type { ReactNode } from "react";
import { later } from "./later.tsx";

const Modules = later(
  async () => (await import("./qr-modules.tsx")).QrModules,
  () => null,
);

/** A QR code of `text`, black on white in both themes. Its box has its size before the encoder has loaded. */
export function QrCode({ text, label }: { text: string; label: string }): ReactNode {
  return (
    <div className="qr" role="img" aria-label={label}>
      <Modules text={text} />
    </div>
  );
}

import { Suspense, lazy } from "react";
import type { ReactNode } from "react";

const Modules = lazy(async () => ({ default: (await import("./qr-modules.tsx")).QrModules }));

/** A QR code of `text`, black on white in both themes. Its box has its size before the encoder has loaded. */
export function QrCode({ text, label }: { text: string; label: string }): ReactNode {
  return (
    <div className="qr" role="img" aria-label={label}>
      <Suspense fallback={null}>
        <Modules text={text} />
      </Suspense>
    </div>
  );
}

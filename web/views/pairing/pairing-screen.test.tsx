import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { clock } from "../../gallery/sample-sessions.ts";
import { PAIR_COMMAND } from "../../live/command-line.ts";
import { failedPairing } from "../../live/pairing-words.ts";
import { PairingScreen } from "./pairing-screen.tsx";

const ignore = (): void => undefined;
const failed = (code: string): string =>
  renderToStaticMarkup(
    <PairingScreen
      view={failedPairing(code)}
      clock={clock}
      host="k.example"
      onCancel={ignore}
      onRetry={ignore}
      onOpenSessions={ignore}
    />,
  );

test.each(["E_PAIR_EXPIRED", "E_PAIR_USED", "E_PAIR_CODE", "E_AUTH", "E_SCHEMA"])(
  "%s ends the link: the command for a new one can be copied",
  (code) => {
    expect(failed(code)).toContain(`<span>${PAIR_COMMAND}</span>`);
    expect(failed(code)).not.toContain("Try again");
  },
);

test.each(["E_OFFLINE", "E_TIMEOUT", "E_RATE", "E_INTERNAL", "E_UNCLAIMED", "storage", "cancelled"])(
  "%s is not the link's fault: the same one can be tried again",
  (code) => {
    expect(failed(code)).toContain("Try again");
    expect(failed(code)).not.toContain(PAIR_COMMAND);
  },
);

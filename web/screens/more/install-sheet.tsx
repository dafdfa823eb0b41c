import type { ReactNode } from "react";
import { PAIR_COMMAND } from "../../live/command-line.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Sheet } from "../../ui/sheet.tsx";

interface InstallSheetProps {
  readonly system: "ios" | "other";
  readonly onClose: () => void;
}

/** How to install where the browser does not let a page ask. */
export function InstallSheet({ system, onClose }: InstallSheetProps): ReactNode {
  return (
    <Sheet title="Install as an app" onClose={onClose}>
      {system === "ios" ? (
        <>
          <p className="why">Tap Share, then Add to Home Screen. Open Kelpie from there.</p>
          <p className="why">
            The installed app keeps keys of its own, so pair it once: run <code>{PAIR_COMMAND}</code> on the machine and
            paste the link into the app.
          </p>
        </>
      ) : (
        <p className="why">
          Open the menu of this browser and choose Install, or Add to Home screen. A browser that has neither keeps
          working as it is.
        </p>
      )}
      <ButtonRow>
        <Button onPress={onClose}>Close</Button>
      </ButtonRow>
    </Sheet>
  );
}

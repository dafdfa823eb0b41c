// Pairing on the new device, step by step. Every ending names what happened, that nothing was half done, and a next step.
import type { ReactNode } from "react";
import type { PairingView } from "../../live/model.ts";
import { PAIR_COMMAND } from "../../live/command-line.ts";
import { Blank, Mark } from "../../ui/blank.tsx";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { DigitsShown } from "../../ui/digits-field.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { countdownWords } from "../../ui/time-words.ts";

interface PairingScreenProps {
  readonly view: Exclude<PairingView, { step: "idle" }>;
  readonly clock: Clock;
  readonly host: string;
  readonly onCancel: () => void;
  readonly onRetry: () => void;
  readonly onOpenSessions: () => void;
}

/** From the opened link to the open app. */
export function PairingScreen(props: PairingScreenProps): ReactNode {
  const { view, clock, host, onCancel, onOpenSessions } = props;
  switch (view.step) {
    case "connecting":
      return (
        <Blank level="h1" mark={<Mark kind="pair" />} title="Looking for the machine">
          <p className="small" role="status">
            <StateGlyph state="confirming" label={null} />
            Asking {host}
          </p>
          <Button isWide onPress={onCancel}>
            Cancel
          </Button>
        </Blank>
      );
    case "code":
      return (
        <Blank level="h1" title={`Type these digits on ${view.machineName}`}>
          <p>
            They prove that nobody stands in between. The terminal there asks for them, or the device that showed the
            link.
          </p>
          <DigitsShown code={view.code} label="Six digits" />
          <p className="small num" role="status">
            <StateGlyph state="confirming" label={null} />
            Waiting for {view.machineName}, ends in {countdownWords(view.until, clock.now)}
          </p>
          <Button isWide onPress={onCancel}>
            Not my machine
          </Button>
        </Blank>
      );
    case "finishing":
      return (
        <Blank level="h1" mark={<Mark kind="pair" />} title={`Pairing with ${view.machineName}`}>
          <p className="small" role="status">
            <StateGlyph state="confirming" label={null} />
            Making keys in this browser
          </p>
        </Blank>
      );
    case "paired":
      return (
        <Blank level="h1" mark={<Mark kind="ok" />} title={`Paired with ${view.machineName}`}>
          <p>The key lies in this browser only. Your other devices have been told.</p>
          <Button kind="filled" isWide onPress={onOpenSessions}>
            Open sessions
          </Button>
        </Blank>
      );
    case "failed":
      return <PairingFailed {...props} code={view.code} reason={view.reason} next={view.next} />;
  }
}

interface PairingFailedProps {
  readonly code: string;
  readonly reason: string;
  readonly next: string;
  readonly onRetry: () => void;
  readonly onCancel: () => void;
}

const TITLES: Readonly<Record<string, string>> = {
  E_PAIR_EXPIRED: "This link has ended",
  E_PAIR_USED: "This link was used already",
  E_PAIR_CODE: "The digits did not match",
  E_OFFLINE: "The machine did not answer",
  E_SCHEMA: "This is no pairing link",
  E_FRAME: "This is no pairing link",
};

/** What is wrong is not the link: the same one may work once that is mended. */
const SAME_LINK: ReadonlySet<string> = new Set([
  "E_OFFLINE",
  "E_TIMEOUT",
  "E_RATE",
  "E_INTERNAL",
  "E_UNCLAIMED",
  "storage",
  "cancelled",
]);

function PairingFailed({ code, reason, next, onRetry, onCancel }: PairingFailedProps): ReactNode {
  const needsNewLink = !SAME_LINK.has(code);
  return (
    <Blank level="h1" mark={<Mark kind="no" />} title={TITLES[code] ?? "Not paired"}>
      <p role="alert">
        {reason} {next}
      </p>
      {needsNewLink ? (
        <>
          <div className="cmd" data-line="">
            <span>{PAIR_COMMAND}</span>
            <CopyButton text={PAIR_COMMAND} what="the command" look="plain" />
          </div>
          <p className="small">Or on any device that is paired already: Machine, Devices, Pair a device.</p>
          <Button kind="filled" isWide onPress={onCancel}>
            Paste another link
          </Button>
        </>
      ) : (
        <>
          <Button kind="filled" isWide onPress={onRetry}>
            Try again
          </Button>
          <Button kind="plain" isWide onPress={onCancel}>
            Paste another link
          </Button>
        </>
      )}
    </Blank>
  );
}

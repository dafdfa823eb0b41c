// Pairing another device from this one: a link and its QR code; where a server stands in between, six digits as well.
import { useState } from "react";
import type { ReactNode } from "react";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Segmented } from "../../ui/choices.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { DigitsField } from "../../ui/digits-field.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { countdownWords } from "../../ui/time-words.ts";

/** Where an invitation stands. */
export type InviteState =
  | { readonly step: "choose" }
  | { readonly step: "making" }
  | { readonly step: "link"; readonly url: string; readonly until: number }
  /** A device waits for its digits. */
  | { readonly step: "digits"; readonly name: string; readonly until: number; readonly refused?: string | undefined }
  | { readonly step: "paired"; readonly name: string }
  | { readonly step: "failed"; readonly reason: string };

/** What the new device may do. */
export type InviteScope = "view" | "operate" | "admin";

interface InviteSheetProps {
  readonly machineName: string;
  readonly state: InviteState;
  readonly clock: Clock;
  readonly onMake: (scope: InviteScope) => void;
  readonly onDigits: (code: string) => void;
  readonly onClose: () => void;
}

/** Pairs another device. */
export function InviteSheet({ machineName, state, clock, onMake, onDigits, onClose }: InviteSheetProps): ReactNode {
  return (
    <Sheet title={`Pair a device with ${machineName}`} onClose={onClose}>
      <InviteStep state={state} clock={clock} onMake={onMake} onDigits={onDigits} onClose={onClose} />
    </Sheet>
  );
}

const SCOPE_HINTS: Readonly<Record<InviteScope, string>> = {
  view: "It can read everything and answer nothing.",
  operate: "It can read everything, answer, start and stop.",
  admin: "It can also pair and revoke devices and trust projects.",
};

function isScope(value: string): value is InviteScope {
  return Object.hasOwn(SCOPE_HINTS, value);
}

function InviteStep({ state, clock, onMake, onDigits, onClose }: Omit<InviteSheetProps, "machineName">): ReactNode {
  const [scope, setScope] = useState<InviteScope>("operate");
  const [code, setCode] = useState("");
  switch (state.step) {
    case "choose":
    case "making":
      return (
        <ChooseScope
          isMaking={state.step === "making"}
          scope={scope}
          onScope={setScope}
          onMake={onMake}
          onClose={onClose}
        />
      );
    case "link":
      return (
        <>
          <QrCode text={state.url} label="QR code of the pairing link" />
          <div className="link-line">
            <code>{state.url}</code>
            <CopyButton text={state.url} what="the pairing link" />
          </div>
          <p className="why">
            Open it on the other device. It works once; it ends in{" "}
            <span className="num">{countdownWords(state.until, clock.now)}</span>.
          </p>
          <ButtonRow>
            <Button onPress={onClose}>Close</Button>
          </ButtonRow>
        </>
      );
    case "digits":
      return (
        <>
          <p className="why">
            {state.name} shows six digits. Type them here: that proves nobody stands in between. Ends in{" "}
            <span className="num">{countdownWords(state.until, clock.now)}</span>.
          </p>
          <DigitsField label="Digits the new device shows" value={code} onChange={setCode} error={state.refused} />
          <ButtonRow>
            <Button onPress={onClose}>Cancel</Button>
            <Button kind="filled" isDisabled={code.length !== 6} onPress={() => onDigits(code)}>
              Pair
            </Button>
          </ButtonRow>
        </>
      );
    case "paired":
      return (
        <>
          <p className="why">{state.name} is paired. Every other device has been told.</p>
          <ButtonRow>
            <Button kind="filled" onPress={onClose}>
              Done
            </Button>
          </ButtonRow>
        </>
      );
    case "failed":
      return (
        <>
          <p className="field-note" data-tone="fail" role="alert">
            {state.reason}
          </p>
          <ButtonRow>
            <Button onPress={onClose}>Cancel</Button>
            <Button kind="filled" onPress={() => onMake(scope)}>
              Try again
            </Button>
          </ButtonRow>
        </>
      );
  }
}

interface ChooseScopeProps {
  readonly isMaking: boolean;
  readonly scope: InviteScope;
  readonly onScope: (scope: InviteScope) => void;
  readonly onMake: (scope: InviteScope) => void;
  readonly onClose: () => void;
}

function ChooseScope({ isMaking, scope, onScope, onMake, onClose }: ChooseScopeProps): ReactNode {
  return (
    <>
      <p className="why">What may it do? {SCOPE_HINTS[scope]}</p>
      <Segmented
        name="scope"
        label="What it may do"
        value={scope}
        options={[
          { value: "view", label: "Read" },
          { value: "operate", label: "Approve" },
          { value: "admin", label: "Everything" },
        ]}
        onChange={(next) => (isScope(next) ? onScope(next) : undefined)}
      />
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="filled" isDisabled={isMaking} onPress={() => onMake(scope)}>
          {isMaking ? "Making a link" : "Show a link"}
        </Button>
      </ButtonRow>
    </>
  );
}

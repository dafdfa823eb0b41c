import type { ReactNode } from "react";
import { Blank, Mark } from "../../ui/blank.tsx";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";

interface PairConfirmProps {
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly host: string;
  readonly onPair: () => void;
  readonly onRefuse: () => void;
}

/** A link was opened: what it would allow, and the name this device will have, before anything is sent. */
export function PairConfirm({ name, onName, host, onPair, onRefuse }: PairConfirmProps): ReactNode {
  return (
    <Blank level="h1" mark={<Mark kind="pair" />} title="Pair this device?">
      <p>
        It will be able to read every session of the machine and to answer for you. You can revoke it at any time, on
        any other device.
      </p>
      <div className="blank-field">
        <TextField label="Name of this device" value={name} maxLength={64} onChange={onName} />
      </div>
      <dl className="pairs">
        <div>
          <dt>Through</dt>
          <dd>{host}</dd>
        </div>
      </dl>
      <Button kind="filled" isWide isDisabled={name.trim() === ""} onPress={onPair}>
        Pair
      </Button>
      <Button kind="plain" isWide onPress={onRefuse}>
        Not my machine
      </Button>
    </Blank>
  );
}

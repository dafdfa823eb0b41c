// Screens before anything is paired: first run, a link to paste, an address that cannot keep keys, and iOS.
import { useState } from "react";
import type { ReactNode } from "react";
import { PAIR_COMMAND } from "../../live/command-line.ts";
import { Blank, Mark } from "../../ui/blank.tsx";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { TextField } from "../../ui/field.tsx";

/** No machine yet: what to run where, and where to put the link it prints. */
export function FirstRun({ onPaste }: { onPaste: () => void }): ReactNode {
  return (
    <Blank level="h1" title="Bring your first machine">
      <p>On the computer where your code is, in a clone of Kelpie:</p>
      <div className="cmd" data-line="">
        <span>npm start ~/code/my-project</span>
        <CopyButton text="npm start ~/code/my-project" what="the command" look="plain" />
      </div>
      <p>It prints a link and a QR code. A demo agent is built in, so you can look around without an account.</p>
      <Button kind="filled" isWide onPress={onPaste}>
        Paste a pairing link
      </Button>
    </Blank>
  );
}

interface PasteLinkProps {
  readonly error?: string | undefined;
  readonly onPair: (link: string) => void;
  readonly onBack: () => void;
}

/** The link as text, for a device without a camera, or an installed app that no link opens. */
export function PasteLink({ error, onPair, onBack }: PasteLinkProps): ReactNode {
  const [link, setLink] = useState("");
  return (
    <Blank level="h1" mark={<Mark kind="pair" />} title="Paste the pairing link">
      <p>
        Run <code>{PAIR_COMMAND}</code> on the machine, in the folder of Kelpie. The link works once, for five minutes.
      </p>
      <form
        className="blank-field"
        onSubmit={(event) => {
          event.preventDefault();
          if (link.trim() !== "") onPair(link.trim());
        }}
      >
        <TextField
          label="Pairing link"
          content="code"
          placeholder="https://"
          value={link}
          onChange={setLink}
          error={error}
        />
        <ButtonRow>
          <Button onPress={onBack}>Back</Button>
          <Button kind="filled" type="submit" isDisabled={link.trim() === ""}>
            Continue
          </Button>
        </ButtonRow>
      </form>
    </Blank>
  );
}

/** Plain http on a network address: the browser gives no keys there, so nothing could be kept private. */
export function InsecureAddress({ host }: { host: string }): ReactNode {
  return (
    <Blank level="h1" mark={<Mark kind="lock" />} title="This address cannot keep a key">
      <p>
        Browsers make keys only on <code>https</code> or on this computer itself. <code>{host}</code> is neither, so
        Kelpie stops here rather than work unprotected.
      </p>
      <ol>
        <li>
          On the same computer, open <code>http://localhost</code> with the port you see above.
        </li>
        <li>For a phone, put a tunnel or proxy with https in front and name it:</li>
      </ol>
      <div className="cmd" data-line="">
        <span>npm start -- --origin https://…</span>
        <CopyButton text="npm start -- --origin https://" what="the command" look="plain" />
      </div>
    </Blank>
  );
}

/** On iOS the installed app has a storage of its own, so it is installed first and paired inside. */
export function InstallFirst({ link, onPairHere }: { link: string | null; onPairHere: () => void }): ReactNode {
  return (
    <Blank level="h1" mark={<Mark kind="pair" />} title="Put Kelpie on the home screen first">
      <p>
        On this system the installed app keeps its keys apart from the browser. Paired here, it would have to be paired
        again there.
      </p>
      <ol>
        <li>Copy the link below.</li>
        <li>Tap Share, then Add to Home Screen.</li>
        <li>Open Kelpie from the home screen and paste the link there.</li>
      </ol>
      {link === null ? null : (
        <div className="link-line">
          <code>{link}</code>
          <CopyButton text={link} what="the pairing link" />
        </div>
      )}
      <Button kind="plain" isWide onPress={onPairHere}>
        Pair in the browser all the same
      </Button>
    </Blank>
  );
}

// Lines of truth under the header. Each says the fact first, then what follows from it, then one way out.
import {
  CircleAlert,
  CloudOff,
  Clock3,
  Download,
  GitFork,
  History,
  Lock,
  RefreshCw,
  Server,
  TriangleAlert,
} from "lucide-react";
import type { ReactNode } from "react";
import type { DeviceId } from "../../live/model-schema.ts";
import { PAIR_COMMAND } from "../../live/command-line.ts";
import type { Alarm, AppView, Liveness, MachineView } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import type { DeviceWord } from "../../ui/delivery-words.ts";
import { Notice } from "../../ui/notice.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { durationWords, momentWords } from "../../ui/time-words.ts";
import { confirmCommand } from "../machine/device-words.ts";

const MINUTE_MS = 60_000;

interface LivenessNoticeProps {
  readonly machineName: string;
  readonly liveness: Liveness;
  /** The browser has a network, as far as it says. */
  readonly isOnline: boolean;
  /** Commands on this device that are not sent. */
  readonly unsent: number;
  readonly clock: Clock;
  readonly device: DeviceWord;
  readonly onAsk: () => void;
}

/** Nothing while live or confirming; else why the screen may be old and what happens to what you write. */
export function LivenessNotice({
  machineName,
  liveness,
  isOnline,
  unsent,
  clock,
  device,
  onAsk,
}: LivenessNoticeProps): ReactNode {
  if (liveness.status === "live" || liveness.status === "confirming") return null;
  const { confirmedAt } = liveness;
  const kept = unsent === 0 ? "" : ` ${unsent} ${unsent === 1 ? "message is" : "messages are"} on this ${device}.`;
  if (!isOnline) {
    return (
      <Notice icon={<CloudOff className="icon" aria-hidden />} fact={`This ${device} is offline.`}>
        {confirmedAt === null ? "" : `You see what it knew at ${momentWords(confirmedAt, clock)}. `}
        What you write is kept and sent later.
      </Notice>
    );
  }
  if (liveness.status === "offline") {
    const inMs = liveness.retryAt === null ? 0 : Math.max(0, liveness.retryAt - clock.now);
    return (
      <Notice
        icon={<RefreshCw className="icon" aria-hidden />}
        fact="Reconnecting,"
        actions={
          <Button size="small" kind="plain" onPress={onAsk}>
            Now
          </Button>
        }
      >
        {ordinal(Math.max(1, liveness.attempt))} try{inMs < 1000 ? "" : ` in ${durationWords(inMs)}`}.{kept}
      </Notice>
    );
  }
  const silentMs = confirmedAt === null ? 0 : clock.now - confirmedAt;
  return (
    <Notice
      icon={<Clock3 className="icon" aria-hidden />}
      fact={
        confirmedAt === null
          ? `${machineName} has not answered yet.`
          : `${machineName} has not answered for ${silenceWords(silentMs)}.`
      }
      actions={
        <Button size="small" kind="plain" onPress={onAsk}>
          Ask again
        </Button>
      }
    >
      It may be asleep. The server is well.{kept}
    </Notice>
  );
}

interface AlarmNoticeProps {
  readonly machineName: string;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly device: DeviceWord;
  /** What starts the machine's relay, typed there. */
  readonly start: string;
  /** Title of the session it is about, where another one or none is on screen. */
  readonly about?: string | undefined;
  /** The one way out. */
  readonly action?: { readonly label: string; readonly onPress: () => void } | undefined;
}

/** What is wrong beyond silence; never hidden while it is so. */
export function AlarmNotice({ machineName, alarm, clock, device, start, about, action }: AlarmNoticeProps): ReactNode {
  const actions =
    action === undefined ? undefined : (
      <Button size="small" kind="plain" onPress={action.onPress}>
        {action.label}
      </Button>
    );
  const conversation = about === undefined ? "this conversation" : `“${about}”`;
  switch (alarm.kind) {
    case "withheld":
      return (
        <Notice
          tone="warn"
          icon={<TriangleAlert className="icon" aria-hidden />}
          fact="The server holds records back."
          actions={actions}
        >
          {withheldWords(alarm, machineName, device, about)}
        </Notice>
      );
    case "forked":
      return (
        <Notice
          tone="bad"
          icon={<GitFork className="icon" aria-hidden />}
          fact={`There are two versions of ${conversation}.`}
          actions={actions}
        >
          {machineName} signed both, as when a copy of it runs elsewhere. It is frozen: go on in another session.
        </Notice>
      );
    case "rolled-back":
      // The machine's own signed beacon says so: no server can make this up.
      return (
        <Notice
          tone="bad"
          icon={<History className="icon" aria-hidden />}
          fact={`${machineName} went back to an older state.`}
          actions={actions}
        >
          It lacks part of {conversation}, as after a restored backup. This {device} keeps what it had and shows nothing
          new until the missing part is back.
        </Notice>
      );
    case "relay-absent":
      return (
        <Notice
          tone="warn"
          icon={<TriangleAlert className="icon" aria-hidden />}
          fact={`The relay on ${machineName} is gone since ${momentWords(alarm.since, clock)}.`}
          actions={actions}
        >
          Start it there: <code>{start}</code>. Nothing is lost.
        </Notice>
      );
  }
}

function withheldWords(
  { session, said, got }: Extract<Alarm, { kind: "withheld" }>,
  machineName: string,
  device: DeviceWord,
  about: string | undefined,
): string {
  // Revisions of a document count nothing that a person knows.
  if (session === null) return `${machineName} has news that this ${device} did not get. What is shown may be old.`;
  const of = about === undefined ? "" : ` of “${about}”`;
  const [sent, here] = [said.toLocaleString("en-GB"), got.toLocaleString("en-GB")];
  return `${machineName} sent ${sent} records${of}, this ${device} got ${here}. What is shown is true, but not all.`;
}

/** This device may no longer read or send, or not until somebody at the machine confirms it or pairs it again. */
export function RefusedNotice({
  refused,
  machineName,
  thisDevice,
  onPair,
  onAsk,
}: {
  refused: NonNullable<MachineView["refused"]>;
  machineName: string;
  thisDevice: DeviceId;
  onPair: () => void;
  onAsk: () => void;
}): ReactNode {
  const again = (
    <Button size="small" kind="plain" onPress={onPair}>
      Pair again
    </Button>
  );
  if (refused === "revoked") {
    return (
      <Notice tone="bad" icon={<Lock className="icon" aria-hidden />} fact="This device was revoked." actions={again}>
        Nothing new from {machineName} can be read, and nothing can be sent.
      </Notice>
    );
  }
  if (refused === "outdated") {
    return (
      <Notice
        tone="warn"
        icon={<Lock className="icon" aria-hidden />}
        fact={`${machineName} has older keys than this device.`}
        actions={again}
      >
        It went on from an older copy of its state, or the server shows old keys. Nothing new can be read, and nothing
        that is sent arrives. If somebody restored it, get a new link there: <code>{PAIR_COMMAND}</code>
      </Notice>
    );
  }
  return (
    <Notice
      tone="warn"
      icon={<Lock className="icon" aria-hidden />}
      fact={`${machineName} went on from an older copy of its state.`}
      actions={
        <Button size="small" kind="plain" onPress={onAsk}>
          Ask again
        </Button>
      }
    >
      Nothing can be sent until it is told there that this device is still yours:{" "}
      <code>{confirmCommand(thisDevice)}</code>
    </Notice>
  );
}

/** Something about this browser: storage refused, lost or full. */
export function TroubleNotice({ trouble }: { trouble: NonNullable<AppView["trouble"]> }): ReactNode {
  return (
    <Notice tone="warn" icon={<CircleAlert className="icon" aria-hidden />} fact={trouble.text}>
      {trouble.next}
    </Notice>
  );
}

/** A new version is ready; the person chooses when. */
export function UpdateNotice({
  version,
  onLater,
  onReload,
}: {
  version: string | null;
  onLater: () => void;
  onReload: () => void;
}): ReactNode {
  return (
    <Notice
      icon={<Download className="icon" aria-hidden />}
      fact={version === null ? "A new Kelpie is here." : `Kelpie ${version} is here.`}
      actions={
        <>
          <Button size="small" kind="plain" onPress={onLater}>
            Later
          </Button>
          <Button size="small" onPress={onReload}>
            Reload
          </Button>
        </>
      }
    >
      Your draft stays.
    </Notice>
  );
}

/** The relay speaks an older version; what that means here. */
export function OlderRelayNotice({ machineName, version }: { machineName: string; version: string }): ReactNode {
  return (
    <Notice icon={<Server className="icon" aria-hidden />} fact={`The relay on ${machineName} is older`}>
      ({version}). Update it there to see everything.
    </Notice>
  );
}

// The strip is drawn anew once a minute: seconds beside minutes would stand still.
function silenceWords(silentMs: number): string {
  return durationWords(silentMs < MINUTE_MS ? silentMs : silentMs - (silentMs % MINUTE_MS));
}

function ordinal(count: number): string {
  const words = ["", "first", "second", "third", "fourth", "fifth"];
  return words[count] ?? `${count}th`;
}

// What stands under the conversation, in the thumb's half: the wait, the composer, the tabs.
import { useState } from "react";
import type { ReactNode } from "react";
import { usePage } from "../../hooks/page-context.tsx";
import { infoPath, sessionPath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useDraft } from "../../hooks/use-draft.ts";
import { useMedia } from "../../hooks/use-media.ts";
import { grainFor, useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import type { WaitDeeds } from "../../hooks/use-wait-actions.ts";
import { isAway } from "../../hooks/use-wait-actions.ts";
import type { MachineView, SessionRow, WaitView } from "../../live/model.ts";
import type { Picker } from "../../views/composer/composer.tsx";
import { Composer } from "../../views/composer/composer.tsx";
import { SessionTabs } from "../../views/session/session-tabs.tsx";
import { NewPill } from "../../views/timeline/new-pill.tsx";
import { WaitCard } from "../../views/waits/wait-card.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import type { Place } from "./conversation.tsx";
import { HeldNotice } from "./held-notice.tsx";
import { holdWords } from "./hold-words.ts";
import { StopNotice, isStuck } from "./stop-notice.tsx";

interface SessionDockProps {
  readonly row: SessionRow;
  readonly machine: MachineView;
  readonly waits: readonly WaitView[];
  readonly deeds: WaitDeeds;
  readonly place: Place | null;
  /** There are two versions of this conversation: nothing is written into either. */
  readonly isFrozen: boolean;
}

/** Pill, wait card, composer, tabs. */
export function SessionDock({ row, machine, waits, deeds, place, isFrozen }: SessionDockProps): ReactNode {
  return (
    <div className="dock">
      {place === null || place.isAtEnd ? null : <NewPill count={place.newer} onPress={place.toEnd} />}
      {waits.length === 0 || isFrozen ? null : <PinnedWait machine={machine} waits={waits} deeds={deeds} />}
      {row.state === "idle" && row.queued > 0 ? <HeldNotice row={row} /> : null}
      <SessionComposer
        row={row}
        machine={machine}
        hasWait={waits.length > 0}
        isFrozen={isFrozen}
        onSent={place?.toEnd}
      />
      <div className="narrow-only">
        <SessionTabs
          current="Chat"
          tabs={[
            { name: "Chat", href: sessionPath(row) },
            { name: "Info", href: infoPath(row) },
          ]}
        />
      </div>
    </div>
  );
}

interface PinnedWaitProps {
  readonly machine: MachineView;
  readonly waits: readonly WaitView[];
  readonly deeds: WaitDeeds;
}

function PinnedWait({ machine, waits, deeds }: PinnedWaitProps): ReactNode {
  const { device } = usePage();
  const [chosen, setChosen] = useState<string | null>(null);
  const minute = useClock("minute");
  const hasCountdown = waits.some((wait) => wait.until !== undefined);
  const clock = useClock(grainFor({ times: waits.map((wait) => wait.since), hasCountdown }, minute.now));
  const index = Math.max(
    0,
    waits.findIndex((wait) => wait.wid === chosen),
  );
  const wait = waits[index];
  if (wait === undefined) return null;
  const isSilent = isAway(machine);
  return (
    <div className="pinned">
      <WaitCard
        key={wait.wid}
        wait={wait}
        clock={clock}
        place="session"
        isFirst={!isSilent}
        isAway={isSilent}
        device={device}
        turn={{
          index,
          count: waits.length,
          onNext: () => setChosen(waits[(index + 1) % waits.length]?.wid ?? null),
        }}
        onAnswer={(answer) => deeds.answer(wait, answer)}
        onTrust={machine.scope === "admin" ? (digest) => deeds.trust(wait, digest) : undefined}
        onRetry={() => deeds.retry(wait)}
        onDismiss={() => deeds.dismiss(wait)}
      />
    </div>
  );
}

interface SessionComposerProps {
  readonly row: SessionRow;
  readonly machine: MachineView;
  readonly hasWait: boolean;
  readonly isFrozen: boolean;
  readonly onSent: (() => void) | undefined;
}

function SessionComposer({ row, machine, hasWait, isFrozen, onSent }: SessionComposerProps): ReactNode {
  const { live } = usePage();
  const [text, setText] = useDraft(`draft/${row.machine}/${row.session}`);
  const { asked, ask, clear } = useOutcome();
  const isTouch = useMedia("(pointer: coarse)");
  const stop = useApp((view) =>
    view.outbox.findLast((each) => each.op === "session.cancel" && each.session === row.session),
  );
  const mayStop = machine.refused === null && machine.scope !== "view";
  const isRunning = row.state === "running" || row.state === "waiting" || row.state === "starting";
  const canStop = mayStop && isRunning && (stop === undefined || isStuck(stop));
  const handleStop = (): void => {
    // One that was not carried out is in the way no more once it is repeated.
    void ask(() => (stop === undefined ? live.cancelTurn(row.machine, row.session) : live.retry(stop.command)));
  };
  const handleSend = (): void => {
    // The words stay in the field until they are safe in the outbox.
    void ask(() => live.prompt(row.machine, row.session, text.trim())).then((accepted) => {
      if (accepted?.ok !== true) return;
      setText("");
      onSent?.();
    });
  };
  return (
    <>
      <RefusalNotice refusal={asked.status === "refused" ? asked.refusal : null} onClose={clear} />
      {isRunning && stop !== undefined ? <StopNotice stop={stop} machine={machine} /> : null}
      <Composer
        text={text}
        onText={setText}
        onSend={handleSend}
        onStop={canStop ? handleStop : undefined}
        queued={row.queued}
        placeholder={placeholderOf(row, hasWait)}
        pickers={modePicker(row, (mode) => void ask(() => live.setMode(row.machine, row.session, mode)))}
        hold={holdWords(row, machine, isFrozen)}
        enter={isTouch ? "breaks" : "sends"}
        isBusy={asked.status === "busy"}
      />
    </>
  );
}

function modePicker(row: SessionRow, onChoose: (mode: string) => void): readonly Picker[] {
  const isUp = row.state !== "ended" && row.state !== "interrupted";
  if (!isUp || row.modes.length < 2) return [];
  return [{ name: "Mode", options: row.modes, chosen: row.mode, onChoose }];
}

function placeholderOf(row: SessionRow, hasWait: boolean): string {
  if (hasWait) return "Message, or say what to do instead";
  if (row.state === "ended" || row.state === "interrupted") return `Message, starts ${row.agent} again`;
  return row.state === "running" ? "Message, read after this turn" : "Message";
}

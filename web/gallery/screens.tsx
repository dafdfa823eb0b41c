// The gallery's screens: views put together with sample props, as the app's screens will do it with live ones.
import type { ReactNode } from "react";
import { useState } from "react";
import { Search, Archive } from "lucide-react";
import { IconButton } from "../ui/button.tsx";
import { Section } from "../ui/row.tsx";
import { Composer } from "../views/composer/composer.tsx";
import { MachineChips } from "../views/home/machine-chips.tsx";
import { SessionList } from "../views/home/session-list.tsx";
import { NothingOpen } from "../views/notices/blanks.tsx";
import { SessionHeader } from "../views/session/session-header.tsx";
import { SideHeader } from "../views/session/side-header.tsx";
import { SessionInfo } from "../views/session/session-info.tsx";
import { SessionTabs } from "../views/session/session-tabs.tsx";
import { AppShell } from "../views/shell/app-shell.tsx";
import { MainNav } from "../views/shell/main-nav.tsx";
import type { RootName } from "../views/shell/main-nav.tsx";
import { Screen, TitleBar } from "../views/shell/screen.tsx";
import type { SessionRow, TimelineEntry } from "../live/model.ts";
import { EntryView } from "../views/timeline/entry-view.tsx";
import { NewPill } from "../views/timeline/new-pill.tsx";
import { StepFold } from "../views/timeline/step-fold.tsx";
import { AnsweredRow } from "../views/waits/answered-row.tsx";
import { WaitCard } from "../views/waits/wait-card.tsx";
import { WaitStack } from "../views/waits/wait-stack.tsx";
import { NOW, clock, machines, sessionRow, sessions, waits } from "./sample-sessions.ts";
import { conversation, toolView } from "./sample-timeline.ts";

/** Does nothing: the gallery has nobody to tell. */
export const ignore = (): void => undefined;
const hrefs = { Sessions: "#home", Inbox: "#inbox", Board: "#board", More: "#machine" };

/** The bar of root screens. */
export function GalleryNav({ current }: { current: RootName | null }): ReactNode {
  return <MainNav current={current} hrefs={hrefs} waits={3} onNewSession={ignore} />;
}

/** Home, or the left pane of a wide screen. */
export function Home({ isWide = false }: { isWide?: boolean }): ReactNode {
  const stack = <WaitStack waits={waits.slice(0, 3)} clock={clock} hrefOf={() => "#session"} onAnswer={ignore} />;
  return (
    <Screen
      header={
        <>
          <TitleBar name="Sessions">
            <IconButton label="Search sessions">
              <Search className="icon" aria-hidden />
            </IconButton>
          </TitleBar>
          <MachineChips machines={machines} chosen={null} clock={clock} onChoose={ignore} />
        </>
      }
    >
      <SessionList
        rows={sessions}
        hrefOf={() => "#session"}
        clock={clock}
        isProven={() => true}
        waits={waits}
        current={isWide ? sessions[0]?.session : undefined}
        needsYou={isWide ? undefined : stack}
      />
    </Screen>
  );
}

/** The Inbox with every kind of wait. */
export function InboxScreen(): ReactNode {
  const [first] = waits;
  return (
    <Screen header={<TitleBar name="Inbox" aside={`${waits.length} waiting`} />}>
      <ul className="column">
        {waits.map((wait, index) => (
          <li key={wait.wid}>
            <WaitCard
              wait={wait}
              clock={clock}
              place="elsewhere"
              href="#session"
              isFirst={index === 0}
              onAnswer={ignore}
              onStop={ignore}
              onTrust={ignore}
            />
          </li>
        ))}
      </ul>
      <Section name="Answered">
        {first === undefined ? null : (
          <ul>
            <li>
              <AnsweredRow
                wait={first}
                done={{ at: NOW, by: "Pixel 9", answer: {}, outcome: "Approved" }}
                href="#session"
                clock={clock}
              />
            </li>
          </ul>
        )}
      </Section>
    </Screen>
  );
}

const actions = {
  onEdit: ignore,
  onWithdraw: ignore,
  onRetry: ignore,
  onDismiss: ignore,
  onResume: ignore,
  onWholeOutput: ignore,
};

/** A conversation. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }): ReactNode {
  return (
    <div className="log" role="log" aria-label="Conversation">
      {entries.map((entry) => (
        <EntryView
          key={entry.key}
          entry={entry}
          clock={clock}
          device="phone"
          machineName="studio"
          isMachineAway={false}
          canResume
          actions={actions}
        />
      ))}
    </div>
  );
}

function GalleryHeader({ row }: { row: SessionRow }): ReactNode {
  return (
    <SessionHeader
      row={row}
      facts={{ liveness: { status: "live", provenAt: NOW } }}
      clock={clock}
      backHref="#home"
      menu={[
        {
          label: "Archive",
          detail: "It can be found again",
          icon: <Archive className="icon" aria-hidden />,
          onPress: ignore,
        },
      ]}
    />
  );
}

/** A session with its wait above the composer. */
export function SessionScreen({
  entries = conversation,
  hasWait = true,
}: {
  entries?: readonly TimelineEntry[];
  hasWait?: boolean;
}): ReactNode {
  const [text, setText] = useState("");
  const row = sessionRow({ usage: { costUsd: 0.31 } });
  const [wait] = waits;
  return (
    <Screen
      scroll="own"
      header={<GalleryHeader row={row} />}
      dock={
        <div className="dock">
          {hasWait && wait !== undefined ? (
            <div className="pinned">
              <WaitCard
                wait={wait}
                clock={clock}
                place="session"
                isFirst
                turn={{ index: 0, count: 2, onNext: ignore }}
                onAnswer={ignore}
              />
            </div>
          ) : (
            <NewPill count={3} onPress={ignore} />
          )}
          <Composer
            text={text}
            onText={setText}
            onSend={ignore}
            onStop={ignore}
            queued={0}
            enter="breaks"
            placeholder="Message, or say what to do instead"
            pickers={[
              { name: "Model", options: [{ id: "opus", name: "opus" }], chosen: "opus", onChoose: ignore },
              { name: "Mode", options: row.modes, chosen: row.mode, onChoose: ignore },
            ]}
          />
          <div className="narrow-only">
            <SessionTabs
              current="Chat"
              tabs={[
                { name: "Chat", href: "#session" },
                { name: "Changes", href: "#changes", count: 3 },
                { name: "Terminal", href: "#terminal" },
                { name: "Info", href: "#info" },
              ]}
            />
          </div>
        </div>
      }
    >
      <div className="log-wrap" ref={(element) => element?.scrollTo(0, element.scrollHeight)}>
        <Timeline entries={entries} />
        <div className="entry" data-entry="step">
          <StepFold
            tools={[1, 2, 3].map((id) => toolView({ id: String(id), what: "read", paths: [`file-${id}.ts`], ms: 800 }))}
            onWholeOutput={ignore}
          />
        </div>
      </div>
    </Screen>
  );
}

/** The info side of a session. */
export function InfoScreen(): ReactNode {
  return (
    <Screen
      header={
        <SideHeader
          current="Info"
          tabs={[
            { name: "Changes", href: "#c", count: 3 },
            { name: "Terminal", href: "#t" },
            { name: "Info", href: "#i" },
          ]}
          onClose={ignore}
        />
      }
    >
      <SessionInfo
        row={sessionRow({ usage: { costUsd: 0.31, inputTokens: 80_000, outputTokens: 8123 } })}
        clock={clock}
        isProven
      />
    </Screen>
  );
}

/** Any screen in the frame both sizes share. */
export function Framed({
  root,
  list,
  main,
  side,
}: {
  root: RootName | null;
  list?: ReactNode;
  main?: ReactNode;
  side?: ReactNode;
}): ReactNode {
  return (
    <AppShell
      live="live"
      alarm={null}
      isReady
      focus={main === undefined ? "list" : "main"}
      isRoot={root !== null}
      nav={<GalleryNav current={root ?? "Sessions"} />}
      list={list}
      main={
        main ?? (
          <div className="wide-only screen">
            <NothingOpen />
          </div>
        )
      }
      side={side}
    />
  );
}

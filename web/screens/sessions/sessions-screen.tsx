// Home, and the left pane of a wide screen: what needs somebody, what runs, what is done, on which machine, proven when.
import { Search, X } from "lucide-react";
import { Suspense, lazy, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import type { Route } from "../../hooks/route.ts";
import { PATHS, sessionPath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { grainFor, useClock } from "../../hooks/use-now.ts";
import { useWaitActions } from "../../hooks/use-wait-actions.ts";
import type { AppView } from "../../live/model.ts";
import { IconButton } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/notice.tsx";
import { MachineChips } from "../../views/home/machine-chips.tsx";
import { OutboxList } from "../../views/home/outbox-list.tsx";
import { SessionList } from "../../views/home/session-list.tsx";
import { NothingRuns } from "../../views/notices/blanks.tsx";
import { Screen, TitleBar } from "../../views/shell/screen.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import { toldBeside } from "../shell/told-machines.ts";
import { ArchivedLink } from "./archived-link.tsx";
import type { HomeFilter } from "./home-list.ts";
import { homeList } from "./home-list.ts";

// Cards are a good part of the app and only needed when something waits.
const HomeStack = lazy(async () => ({ default: (await import("./home-stack.tsx")).HomeStack }));

interface SessionsScreenProps {
  /** `home` answers waits in place; in a `pane` they are rows, answered beside it. */
  readonly look: "home" | "pane";
  readonly current?: Route;
}

/** Sessions of all machines. */
export function SessionsScreen({ look, current }: SessionsScreenProps): ReactNode {
  const view = useApp();
  const [filter, setFilter] = useState<HomeFilter>({ machine: null, words: null, archived: false });
  const minute = useClock("minute");
  const list = useMemo(() => homeList(view, filter), [view, filter]);
  const times = list.rows.map((row) => row.since);
  const hasCountdown = view.outbox.length > 0 || list.waits.some((wait) => wait.until !== undefined);
  const clock = useClock(grainFor({ times, hasCountdown }, minute.now));
  const isProven = (machine: string): boolean => isProvenIn(view, machine);
  const deeds = useWaitActions();
  return (
    <Screen
      header={
        <>
          <TitleBar name={filter.archived ? "Archived" : "Sessions"}>
            <SearchButton filter={filter} onFilter={setFilter} />
          </TitleBar>
          <SearchField filter={filter} onFilter={setFilter} />
          <MachineChips
            machines={view.machines}
            chosen={filter.machine}
            clock={clock}
            onChoose={(machine) => setFilter({ ...filter, machine })}
          />
        </>
      }
      notices={
        <>
          <MachineNotices machines={toldBeside(view, current)} />
          <RefusalNotice refusal={deeds.refusal} onClose={deeds.clear} />
        </>
      }
    >
      <Nothing view={view} filter={filter} found={list.rows.length} />
      <SessionList
        rows={list.rows}
        waits={list.waits}
        hrefOf={sessionPath}
        clock={clock}
        isProven={isProven}
        confirmedAt={list.confirmedAt}
        current={current?.name === "session" ? current.session : undefined}
        unsent={<Outbox view={view} now={clock.now} />}
        needsYou={
          look === "pane" || list.waits.length === 0 ? undefined : (
            <Suspense fallback={<Skeleton words="Opening what waits for you" />}>
              <HomeStack waits={list.waits} machines={view.machines} clock={clock} deeds={deeds} />
            </Suspense>
          )
        }
      />
      <ArchivedLink
        count={list.archived}
        isOpen={filter.archived}
        onToggle={() => setFilter({ ...filter, archived: !filter.archived })}
      />
    </Screen>
  );
}

function isProvenIn(view: AppView, machine: string): boolean {
  return view.machines.find((each) => each.machine === machine)?.liveness.status === "live";
}

/** What is sent at once is not shown as unsent for a blink. ms. */
const OUTBOX_AFTER_MS = 3000;

function Outbox({ view, now }: { view: AppView; now: number }): ReactNode {
  const { live, device } = usePage();
  const rows = view.outbox.filter(
    (row) => now - row.at >= OUTBOX_AFTER_MS || row.delivery === "refused" || row.delivery === "unknown",
  );
  return (
    <OutboxList
      rows={rows}
      facts={{ device, clock: { now } }}
      onRetry={(row) => void live.retry(row.command)}
      onDismiss={(row) => void live.dismiss(row.command)}
    />
  );
}

interface FilterProps {
  readonly filter: HomeFilter;
  readonly onFilter: (filter: HomeFilter) => void;
}

function SearchButton({ filter, onFilter }: FilterProps): ReactNode {
  return filter.words === null ? (
    <IconButton label="Search sessions" onPress={() => onFilter({ ...filter, words: "" })}>
      <Search className="icon" aria-hidden />
    </IconButton>
  ) : (
    <IconButton label="End search" onPress={() => onFilter({ ...filter, words: null })}>
      <X className="icon" aria-hidden />
    </IconButton>
  );
}

function SearchField({ filter, onFilter }: FilterProps): ReactNode {
  if (filter.words === null) return null;
  return (
    <div className="search" role="search">
      <TextField
        label="Search in titles, projects and branches"
        isLabelHidden
        placeholder="Title, project, branch, agent"
        content="code"
        isAwaited
        value={filter.words}
        onChange={(words) => onFilter({ ...filter, words })}
      />
    </div>
  );
}

function Nothing({ view, filter, found }: { view: AppView; filter: HomeFilter; found: number }): ReactNode {
  const [, navigate] = useLocation();
  const machine = view.machines.find((each) => each.machine === filter.machine) ?? view.machines[0];
  if (found > 0 || machine === undefined) return null;
  if (filter.words !== null && filter.words.trim() !== "") {
    return <p className="usage-line">No session matches “{filter.words.trim()}”.</p>;
  }
  if (filter.archived) return <p className="usage-line">Nothing is archived.</p>;
  return (
    <NothingRuns
      machineName={machine.name}
      projects={machine.projects?.projects.length ?? 0}
      ready={machine.agents?.agents.filter((agent) => agent.state === "ready").map((agent) => agent.id) ?? []}
      onStart={() => navigate(PATHS.start)}
    />
  );
}

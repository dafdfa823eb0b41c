// A scripted `Live` in memory, for looking at screens and testing them without a Worker: what a command asks becomes true
// at once, and a test may set anything. Its messages pass through every delivery state.
import type { SessionId } from "../../schema/index.ts";
import { agents, devices, health, keys, projects } from "../gallery/sample-machine.ts";
import { NOW, machineOf, machines, sessionOf, sessions, waits } from "../gallery/sample-sessions.ts";
import { conversation } from "../gallery/sample-timeline.ts";
import type {
  Accepted,
  AppView,
  CommandKey,
  Live,
  MachineView,
  Outcome,
  PairingView,
  Store,
  TimelineEntry,
  TimelineView,
} from "../live/model.ts";

/** A store that a test may set. */
export interface Settable<T> extends Store<T> {
  readonly set: (change: (value: T) => T) => void;
}

/** What a test holds: the handle for the app, its stores to set, and what the app asked. */
export interface FakeLive {
  readonly live: Live;
  readonly app: Settable<AppView>;
  readonly pairing: Settable<PairingView>;
  readonly timeline: (session: SessionId) => Settable<TimelineView>;
  /** Every command in order, as "name argument". */
  readonly asked: readonly string[];
}

/** Everything of the sample gallery, paired and live. */
export const SAMPLE_APP: AppView = {
  ready: true,
  online: true,
  machines: machines.map((machine, index) => machineView(machine, index)),
  sessions,
  waits,
  outbox: [],
  live: "live",
  alarm: null,
  trouble: null,
};

function machineView(machine: (typeof machines)[number], index: number): MachineView {
  const [thisDevice] = devices;
  if (thisDevice === undefined) throw new Error("the sample devices are empty");
  return {
    ...machine,
    thisDevice: thisDevice.d,
    scope: "admin",
    shell: true,
    devices,
    trust: {},
    pairing: [],
    clockOffsetMs: 12,
    ...(index === 2
      ? {}
      : { health: { ...health, name: machine.name }, keys, agents: { agents, checked: NOW }, projects: { projects } }),
  };
}

/** A scripted Live; `first` is the view it begins with. */
export function createFakeLive(first: AppView = SAMPLE_APP): FakeLive {
  const app = settable(first);
  const pairing = settable<PairingView>({ step: "idle" });
  const timelines = new Map<SessionId, Settable<TimelineView>>();
  const asked: string[] = [];
  let ctr = 0;
  const accept = (words: string): Promise<Accepted> => {
    asked.push(words);
    const command: CommandKey = { machine: machineOf(1), g: 1, ctr: ++ctr };
    return Promise.resolve({ ok: true, command });
  };
  const done = (words: string): Promise<Outcome> => {
    asked.push(words);
    return Promise.resolve({ ok: true, data: {} });
  };
  const timeline = (session: SessionId): Settable<TimelineView> => {
    const known = timelines.get(session) ?? settable(timelineOf(session));
    timelines.set(session, known);
    return known;
  };
  const add = (session: SessionId, entry: TimelineEntry): void =>
    timeline(session).set((view) => ({ ...view, entries: [...view.entries, entry] }));
  const live: Live = {
    app,
    pairing,
    timeline: (_machine, session) => timeline(session),
    loadOlder: (_machine, session) => {
      asked.push("older");
      timeline(session).set((view) => ({ ...view, more: false, entries: [...olderPage(), ...view.entries] }));
    },
    toolOutput: () => Promise.resolve({ ok: true, data: "the whole output\n".repeat(40) }),
    pair: (link) => {
      asked.push(`pair ${link}`);
      pairing.set(() => ({ step: "connecting", since: NOW }));
    },
    cancelPairing: () => pairing.set(() => ({ step: "idle" })),
    startSession: (request) => accept(`start ${request.agent} ${request.prompt ?? ""}`),
    started: () => Promise.resolve({ ok: true, data: { s: sessionOf(1) } }),
    prompt: async (_machine, session, text) => {
      const accepted = await accept(`prompt ${text}`);
      if (accepted.ok) add(session, userEntry(text, accepted.command));
      return accepted;
    },
    editPrompt: (_machine, _session, _of, text) => accept(`edit ${text}`),
    withdrawPrompt: () => accept("withdraw"),
    answer: async (wait, answer) => {
      const accepted = await accept(`answer ${answer.option ?? ""}`);
      if (!accepted.ok) return accepted;
      const { command } = accepted;
      app.set((view) => ({
        ...view,
        waits: view.waits.map((each) =>
          each.wid === wait.wid ? { ...each, answering: { delivery: "stored", answer, command } } : each,
        ),
      }));
      return accepted;
    },
    cancelTurn: () => accept("cancel"),
    stopSession: () => accept("stop"),
    resumeSession: () => accept("resume"),
    setMode: (_machine, _session, mode) => accept(`mode ${mode}`),
    archiveSession: () => accept("archive"),
    retry: () => accept("retry"),
    dismiss: () => Promise.resolve(),
    renameDevice: (_machine, _device, name) => done(`rename ${name}`),
    revokeDevice: () => done("revoke"),
    rotateKeys: () => done("rotate"),
    invite: () =>
      Promise.resolve({
        ok: true,
        data: { url: `${location.origin}/pair#1.${"A".repeat(43)}.${machineOf(1)}`, exp: NOW + 300_000 },
      }),
    acceptPairing: (_machine, _pid, code) => done(`accept ${code}`),
    addProject: (_machine, path) => done(`add ${path}`),
    removeProject: () => done("remove"),
    trustProject: () => done("trust"),
    probeAgents: () => done("probe"),
    auditFile: async () => (await done("audit"), { ok: true, data: "" }),
    reconnect: () => {
      asked.push("reconnect");
    },
    forget: () => Promise.resolve(),
  };
  return { live, app, pairing, timeline, asked };
}

function settable<T>(first: T): Settable<T> {
  const listeners = new Set<() => void>();
  let value = first;
  return {
    get: () => value,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (change) => {
      value = change(value);
      for (const listener of listeners) listener();
    },
  };
}

function timelineOf(session: SessionId): TimelineView {
  return {
    machine: machineOf(1),
    session,
    status: "ready",
    entries: conversation,
    more: true,
    loadingOlder: false,
    alarm: null,
  };
}

function olderPage(): TimelineEntry[] {
  return Array.from({ length: 100 }, (_, index) => ({
    kind: "prose",
    key: `older/${index}`,
    at: NOW,
    text: `Earlier line ${index + 1}.`,
    streaming: false,
  }));
}

function userEntry(text: string, command: CommandKey): TimelineEntry {
  return {
    kind: "user",
    key: `said/${command.ctr}`,
    at: NOW,
    blocks: [{ type: "text", text }],
    delivery: "device",
    refusal: null,
    command,
    by: null,
    queued: false,
  };
}

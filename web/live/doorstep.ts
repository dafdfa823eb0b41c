// What the live thread is before there is a core, and how it passes messages on once there is one. Nothing here may leave
// a person waiting without a word: each call is answered, and what does not load is told.
import { emptyApp } from "./empty-app.ts";
import type { LiveStore } from "./live-store.ts";
import type { AppView } from "./model.ts";
import type { OpenCore, openCore } from "./open-core.ts";
import type { PageFacts, Platform } from "./ports.ts";
import type { FromThread, ToThread } from "./thread-protocol.ts";

/** Between attempts to fetch the core when the network is away. */
const FETCH_AGAIN_MS = 2000;

const TROUBLES = {
  late: {
    code: "not-loaded",
    text: "A part of Kelpie has not come yet.",
    next: "It is tried again by itself while this page is open. Check this device’s network.",
  },
  broken: {
    code: "not-started",
    text: "Kelpie could not start in this browser.",
    next: "Reload the page. If this comes again, close Kelpie’s other tabs and reload once more.",
  },
} as const satisfies Record<string, NonNullable<AppView["trouble"]>>;

interface DoorstepOptions {
  readonly platform: Platform;
  readonly page: PageFacts;
  readonly tell: (message: FromThread) => void;
  /** Rejects when the network is away. */
  readonly fetchCore: () => Promise<typeof openCore>;
}

type Message = Exclude<ToThread, { t: "start" }>;
type Later = Exclude<Message, { t: "page" }>;

/** `start` once; `handle` every message after that, in the order they came. */
export class Doorstep {
  readonly #options: DoorstepOptions;
  #page: PageFacts;
  #core: Promise<OpenCore> | null = null;
  #isOpen = false;
  /** Whether this browser knows nothing yet; the first screen then needs no core. */
  #isEmpty = false;

  constructor(options: DoorstepOptions) {
    this.#options = options;
    this.#page = options.page;
  }

  /** Opens the core at once if this browser knows a machine; else says that there is nothing yet. */
  async start(): Promise<void> {
    const { tabs, store } = this.#options.platform;
    // Another tab may pair meanwhile. The core listens in this one's place once it is there.
    tabs.listen(({ note }) => {
      if (note === "machines") this.#want();
    });
    this.#isEmpty = await isEmpty(store);
    if (this.#isEmpty && this.#core === null) this.#tellApp(null);
    else this.#want();
  }

  /** Never rejects for what the core does not survive: that is told. Rejects for defects, after they were answered. */
  async handle(message: Message): Promise<void> {
    if (message.t === "page") {
      this.#page = message;
      if (this.#isOpen) (await this.#opened()).core.page(message);
      else if (this.#isEmpty && this.#core === null) this.#tellApp(null);
      return;
    }
    if (!this.#isOpen) this.#answerEarly(message);
    let open: OpenCore;
    try {
      open = await this.#opened();
    } catch (error) {
      if (message.t === "call") this.#options.tell({ t: "failed", id: message.id, reason: TROUBLES.broken.text });
      throw error;
    }
    await this.#pass(open, message);
  }

  /** The person sees what they asked for begin, however long the core takes to come. */
  #answerEarly({ t }: Later): void {
    const { tell, platform } = this.#options;
    if (t === "pair") tell({ t: "pairing", view: { step: "connecting", since: platform.clock.wall() } });
    else if (t === "cancel-pairing") tell({ t: "pairing", view: { step: "idle" } });
  }

  #want(): void {
    // Whoever waits for it gets the error; told it is already.
    this.#opened().catch((error: unknown) => console.error("the core did not open", error));
  }

  #opened(): Promise<OpenCore> {
    this.#core ??= this.#open();
    return this.#core;
  }

  async #open(): Promise<OpenCore> {
    const { platform, tell } = this.#options;
    try {
      const open = await this.#fetch();
      const page = this.#page;
      const opened = await open(
        platform,
        {
          app: (view) => tell({ t: "app", view }),
          pairing: (view) => tell({ t: "pairing", view }),
          timeline: (machine, session, patch) => tell({ t: "timeline", machine, session, patch }),
          wantsPersistence: () => tell({ t: "wants-persistence" }),
        },
        page,
      );
      this.#isOpen = true;
      if (this.#page !== page) opened.core.page(this.#page);
      return opened;
    } catch (error) {
      this.#tellApp(TROUBLES.broken);
      throw error;
    }
  }

  async #fetch(): Promise<typeof openCore> {
    const { fetchCore, platform } = this.#options;
    for (;;) {
      try {
        return await fetchCore();
      } catch (error) {
        console.info("the core did not come", error);
        this.#tellApp(TROUBLES.late);
        await new Promise<void>((resolve) => void platform.clock.after(FETCH_AGAIN_MS, resolve));
      }
    }
  }

  #tellApp(trouble: AppView["trouble"]): void {
    this.#options.tell({ t: "app", view: { ...emptyApp(this.#page.online), ready: this.#isEmpty, trouble } });
  }

  async #pass({ core, calls }: OpenCore, message: Later): Promise<void> {
    switch (message.t) {
      case "call":
        await this.#call(calls, message);
        break;
      case "watch":
        await core.watch(message.machine, message.session);
        break;
      case "unwatch":
        core.unwatch(message.machine, message.session);
        break;
      case "older":
        await core.loadOlder(message.machine, message.session);
        break;
      case "pair":
        await core.pairing.start(message.link, message.deviceName);
        break;
      case "cancel-pairing":
        await core.pairing.cancel();
        break;
      case "reconnect":
        core.reconnect();
        break;
    }
  }

  async #call(calls: OpenCore["calls"], { id, name, args }: Extract<ToThread, { t: "call" }>): Promise<void> {
    const { tell } = this.#options;
    const run: unknown = Reflect.get(calls, name);
    if (!isRunnable(run)) throw new TypeError(name);
    try {
      tell({ t: "answer", id, value: await run(...args) });
    } catch (error) {
      tell({ t: "failed", id, reason: error instanceof Error ? error.message : "failed" });
      throw error;
    }
  }
}

/** Nothing that the core would have to go on with, and no trouble that it would have to tell. */
async function isEmpty(store: LiveStore): Promise<boolean> {
  if (!store.isDurable) return false;
  try {
    return (await store.machines()).length === 0 && (await store.pairing()) === null;
  } catch {
    // The core meets the same failure, and has the words for it.
    return false;
  }
}

/** The page's own typed proxy wrote the arguments; both sides are one build. */
function isRunnable(value: unknown): value is (...args: readonly unknown[]) => Promise<unknown> {
  return typeof value === "function";
}

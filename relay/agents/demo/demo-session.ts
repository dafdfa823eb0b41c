// One conversation with the demo agent: what it remembers, in memory and, where a folder is given, on disk.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "../../../schema/index.ts";

export const DEMO_MODES = [
  { id: "default", name: "Ask first", description: "Asks before it edits or runs anything" },
  { id: "accept-edits", name: "Accept edits", description: "Edits without asking; asks before it runs anything" },
  { id: "plan", name: "Plan", description: "Presents a plan before it touches anything" },
];
export const DEMO_MODELS = [
  { value: "demo-swift", name: "Demo Swift", description: "Answers at reading speed" },
  { value: "demo-thorough", name: "Demo Thorough", description: "Thinks first, then answers at reading speed" },
];

/** Entries and UTF-16 units kept of a conversation; more is forgotten from the front. */
const HISTORY_ENTRIES = 200;
const ENTRY_CHARS = 4_096;
const SESSION_ID = /^demo-[0-9a-f-]{36}$/;

const entry = z.object({ role: z.enum(["user", "agent"]), text: z.string() });
type Entry = z.infer<typeof entry>;
const saved = z.object({ mode: z.string(), model: z.string(), history: z.array(entry) });

/** Remembers at most HISTORY_ENTRIES of ENTRY_CHARS each. */
export class DemoSession {
  readonly id: string;
  readonly cwd: string;
  readonly alwaysAllowed = new Set<string>();
  mode = "default";
  model = "demo-swift";
  history: Entry[] = [];

  constructor(id: string, cwd: string) {
    this.id = id;
    this.cwd = cwd;
  }

  remember(role: Entry["role"], text: string): void {
    const last = this.history.at(-1);
    if (last?.role === role && role === "agent") last.text = (last.text + text).slice(0, ENTRY_CHARS);
    else this.history.push({ role, text: text.slice(0, ENTRY_CHARS) });
    this.history = this.history.slice(-HISTORY_ENTRIES);
  }
}

/** Sessions of this process and, with `folder`, of earlier ones. */
export class DemoSessions {
  readonly #folder: string | undefined;
  readonly #open = new Map<string, DemoSession>();

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  create(id: string, cwd: string): DemoSession {
    const session = new DemoSession(id, cwd);
    this.#open.set(id, session);
    this.save(session);
    return session;
  }

  get(id: string): DemoSession | undefined {
    return this.#open.get(id);
  }

  /** A session made earlier, with its history; undefined when there is none or its file is damaged. */
  load(id: string, cwd: string): DemoSession | undefined {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const text = this.#read(id);
    const parsed = text === undefined ? undefined : saved.safeParse(text);
    if (!parsed?.success) return undefined;
    const session = Object.assign(new DemoSession(id, cwd), parsed.data);
    this.#open.set(id, session);
    return session;
  }

  save({ id, mode, model, history }: DemoSession): void {
    if (this.#folder === undefined) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#folder, `${id}.json`), JSON.stringify({ mode, model, history }), { mode: 0o600 });
  }

  #read(id: string): unknown {
    if (this.#folder === undefined || !SESSION_ID.test(id)) return undefined;
    try {
      return JSON.parse(readFileSync(join(this.#folder, `${id}.json`), "utf8"));
    } catch {
      // Never saved, or cut short by a crash: to the client both are an unknown session.
      return undefined;
    }
  }
}

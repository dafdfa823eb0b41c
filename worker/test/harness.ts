// The built Worker on miniflare, on loopback, for one test file: started, restarted on the same folder, put to sleep.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare, NoOpLog, type MiniflareOptions } from "miniflare";
import { inject } from "vitest";
import { claimHashOf, fromB64, randomBytes, toB64, type MachineId } from "../../schema/index.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "migrations");

/** What a test may choose. */
export interface WorkerChoice {
  /** False starts a Worker that nobody has set up. */
  readonly isSetUp?: boolean;
  /** Another claim token than before, as after `deploy` by the account's owner. */
  readonly claimToken?: string;
  /** The address people know, where something stands in front of it; kept over restarts. Default: its own. */
  readonly appOrigin?: string;
  /** The web app that it serves, kept over restarts. Default: a page for tests. */
  readonly assetsDir?: string;
}

/** One Worker and its folder. `stop` ends it and removes the folder. */
export class TestWorker {
  readonly folder: string;
  readonly tokenKey = toB64(randomBytes(32));
  claimToken = toB64(randomBytes(32));
  url = "";
  #appOrigin: string | null = null;
  #assetsDir = join(import.meta.dirname, "site");
  #miniflare: Miniflare | null = null;

  constructor(folder: string) {
    this.folder = folder;
  }

  get miniflare(): Miniflare {
    if (this.#miniflare === null) throw new Error("not started");
    return this.#miniflare;
  }

  /** `ws://…` address of a machine's socket. */
  socketUrl(m: string): string {
    return `${this.url.replace("http", "ws")}/v1/ws/${m}`;
  }

  async start(choice: WorkerChoice = {}): Promise<void> {
    this.claimToken = choice.claimToken ?? this.claimToken;
    this.#appOrigin = choice.appOrigin ?? this.#appOrigin;
    this.#assetsDir = choice.assetsDir ?? this.#assetsDir;
    const secrets = choice.isSetUp === false ? {} : await this.#secrets();
    const port = this.url === "" ? await freePort() : Number(new URL(this.url).port);
    this.url = `http://127.0.0.1:${port}`;
    const miniflare = new Miniflare(
      options(
        { folder: this.folder, assetsDir: this.#assetsDir, port },
        { APP_ORIGIN: this.#appOrigin ?? this.url, ...secrets },
      ),
    );
    this.#miniflare = miniflare;
    await miniflare.ready;
    await migrate(miniflare);
  }

  async #secrets(): Promise<Record<string, string>> {
    const token = fromB64(this.claimToken) ?? new Uint8Array(0);
    return { TOKEN_KEY: this.tokenKey, CLAIM_HASH: await claimHashOf(token) };
  }

  /** As a crash: sockets drop, memory is gone, the folder stays. */
  async restart(choice: WorkerChoice = {}): Promise<void> {
    await this.#miniflare?.dispose();
    await this.start(choice);
  }

  /** Takes the object out of memory; its sockets stay, as in hibernation. */
  async hibernate(m: MachineId): Promise<void> {
    await this.miniflare.unsafeEvictDurableObject("kelpie", "Hub", { name: m, webSockets: "hibernate" });
  }

  /** Names of the hubs that have ever stored anything. */
  async hubFiles(): Promise<string[]> {
    const names = await readdir(join(this.folder, "do", "kelpie-Hub")).catch(() => []);
    return names.filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init = { method: "POST", headers: { "Content-Type": "application/json", ...headers } };
    return fetch(`${this.url}${path}`, { ...init, body: JSON.stringify(body) });
  }

  async stop(): Promise<void> {
    await this.#miniflare?.dispose();
    this.#miniflare = null;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A started Worker in a fresh folder. */
export async function startWorker(choice: WorkerChoice = {}): Promise<TestWorker> {
  const worker = new TestWorker(await mkdtemp(join(tmpdir(), "kelpie-worker-")));
  await worker.start(choice);
  return worker;
}

interface Place {
  readonly folder: string;
  readonly assetsDir: string;
  readonly port: number;
}

function options({ folder, assetsDir, port }: Place, texts: Record<string, string>): MiniflareOptions {
  const variables = Object.entries(texts).map(([name, value]) => [name, { type: "text", value }] as const);
  return {
    host: "127.0.0.1",
    port,
    resourcePersistencePath: folder,
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    log: new NoOpLog(),
    handleStructuredLogs: (entry) => {
      if (entry.level === "error") process.stderr.write(`${JSON.stringify(entry)}\n`);
    },
    workers: [
      {
        config: {
          name: "kelpie",
          compatibilityDate: "2026-10-01",
          manifest: {
            mainModule: "index.mjs",
            modules: { "index.mjs": { type: "esm", contents: inject("workerScript") } },
          },
          env: {
            ...Object.fromEntries(variables),
            DB: { type: "d1", id: "kelpie" },
            HUB: { type: "durable-object", worker: "kelpie", exportName: "Hub" },
            ASSETS: { type: "assets" },
          },
          exports: { Hub: { type: "durable-object", storage: "sqlite" } },
          assets: {
            directory: assetsDir,
            hasUserWorker: true,
            runWorkerFirst: true,
            notFoundHandling: "single-page-application",
          },
        },
        dev: { unsafeRegisterWorker: false, stripCfConnectingIp: false },
      },
    ],
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function migrate(miniflare: Miniflare): Promise<void> {
  const db = await miniflare.getD1Database("DB");
  const done = await db.prepare("SELECT name FROM sqlite_master WHERE name = 'machines'").first();
  if (done !== null) return;
  for (const name of (await readdir(MIGRATIONS)).filter((each) => each.endsWith(".sql")).sort()) {
    const sql = await readFile(join(MIGRATIONS, name), "utf8");
    await db.batch(sql.split("--> statement-breakpoint").map((statement) => db.prepare(statement.trim())));
  }
}

// The floors' processes, bare: `writer <url> <file>` commits a stamped line durably and sends it; `hub <file>` does the
// same with what it receives and sends it to every viewer. No protocol, no encryption, no product.
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { nowNs } from "./stamped-line.ts";

/** What the parent asks of a writer. */
export interface WriteOrder {
  readonly count: number;
  readonly everyMs: number;
  readonly size: number;
}

const STAMP_BYTES = 8;

/** WAL with an fsync per commit, as the relay and workerd have it. */
function durableInsert(file: string): (line: Uint8Array) => void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;");
  database.exec("CREATE TABLE IF NOT EXISTS rec (q INTEGER PRIMARY KEY, frame BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO rec (frame) VALUES (?)");
  return (line) => void insert.run(line);
}

function writer(url: string, file: string): void {
  const store = durableInsert(file);
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on("open", () => process.send?.("ready"));
  process.on("message", (order: WriteOrder) => void write(order));
  const write = async ({ count, everyMs, size }: WriteOrder): Promise<void> => {
    const startedAt = performance.now();
    for (let index = 0; index < count; index += 1) {
      const waitMs = startedAt + index * everyMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      const line = Buffer.alloc(Math.max(size, STAMP_BYTES), "k");
      line.writeBigUInt64BE(nowNs());
      store(line);
      socket.send(line);
    }
    process.send?.("done");
  };
}

function hub(file: string): void {
  const store = durableInsert(file);
  const viewers = new Set<WebSocket>();
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  server.on("connection", (socket, { url }) => {
    if (url === "/viewer") viewers.add(socket);
    socket.on("message", (line: Buffer) => {
      store(line);
      for (const viewer of viewers) viewer.send(line);
    });
  });
  server.on("listening", () => {
    const address = server.address();
    process.send?.(typeof address === "object" && address !== null ? address.port : 0);
  });
}

if (import.meta.main) {
  const [role, first = "", second = ""] = process.argv.slice(2);
  if (role === "writer") writer(first, second);
  else hub(first);
  process.once("disconnect", () => process.exit(0));
}

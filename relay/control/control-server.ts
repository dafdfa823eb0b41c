// The relay's one local door: a Unix socket, 0600, never TCP. Methods are given by whoever wires the relay.
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { AppError, parseJson } from "../../schema/index.ts";
import {
  CONTROL_LINE_BYTES,
  controlRequest,
  type ControlAnswer,
  type ControlError,
  type ControlRequest,
} from "./control-protocol.ts";

/** What a running method may use: `emit` sends an event line, `signal` aborts when the caller hangs up. */
export interface Call {
  readonly emit: (data: unknown) => void;
  readonly signal: AbortSignal;
}

/** A method's result is its `done` line; an AppError its `error` line. */
export type Method = (params: unknown, call: Call) => Promise<unknown>;
export type Methods = Readonly<Record<string, Method>>;

/** A listening door. */
export interface ControlServer {
  /** Idempotent; hangs up on everybody. */
  close(): Promise<void>;
}

/** Listens. A socket file left by a dead relay is removed: the lock says that nobody else lives here. */
export async function serveControl(
  path: string,
  methods: Methods,
  onDefect: (error: unknown) => void,
): Promise<ControlServer> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveSocket(socket, methods, onDefect);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
  chmodSync(path, 0o600);
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(path, { force: true });
    },
  };
}

function serveSocket(socket: Socket, methods: Methods, onDefect: (error: unknown) => void): void {
  const hangUp = new AbortController();
  socket.on("close", () => hangUp.abort());
  // The caller may vanish at any moment; `close` follows and says all there is to say.
  socket.on("error", () => undefined);
  let pending = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    pending += chunk;
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    if (pending.length > CONTROL_LINE_BYTES) return socket.destroy();
    for (const line of lines) if (line !== "") void serveLine(line, socket, methods, hangUp.signal, onDefect);
    return undefined;
  });
}

async function serveLine(
  line: string,
  socket: Socket,
  methods: Methods,
  signal: AbortSignal,
  onDefect: (error: unknown) => void,
): Promise<void> {
  const say = (answer: ControlAnswer): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
  };
  let request: ControlRequest | null = null;
  try {
    request = parseJson(line, controlRequest);
    const { id } = request;
    const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (method === undefined) throw new AppError("E_SCHEMA", { reason: `unknown method ${request.method}` });
    const data = await method(request.params, { emit: (event) => say({ id, kind: "event", data: event }), signal });
    say({ id, kind: "done", data });
  } catch (error) {
    if (!(error instanceof AppError)) onDefect(error);
    say({ id: request?.id ?? 0, kind: "error", ...controlErrorOf(error) });
  }
}

function controlErrorOf(error: unknown): ControlError {
  if (!(error instanceof AppError))
    return { code: "E_INTERNAL", reason: "a bug in the relay; its log has the details" };
  const { reason, next, text } = error.data;
  return {
    code: error.code,
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof next === "string" ? { next } : {}),
    ...(typeof text === "string" ? { text } : {}),
  };
}

// JSON-RPC 2.0 by lines, both directions, for a peer that may print anything. Knows nothing of agents or processes.
// The ACP SDK's own connection is not used on this side: it parses updates into its schema, and ours pass unmodified.
import { AGENT_JSON_DEPTH, isAppError, readJson, z } from "../../../schema/index.ts";

/** Codes of JSON-RPC 2.0 and of ACP v1 (error.mdx, November 2026). */
export const RPC_CODES = {
  invalidParams: -32602,
  methodNotFound: -32601,
  internalError: -32603,
  authRequired: -32000,
  resourceNotFound: -32002,
  requestCancelled: -32800,
} as const;

/** The peer's refusal, its words unaltered in `message`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export type RpcId = string | number | null;

export interface PeerHandlers {
  /** A request; answer it once with respond() or refuse(), now or later. */
  onRequest(id: RpcId, method: string, params: unknown): void;
  onNotification(method: string, params: unknown): void;
  /** A line that is no JSON-RPC message. */
  onGarbage(line: string): void;
}

const rpcId = z.union([z.string(), z.number(), z.null()]);
// Some peers write every member, null where they mean none.
const message = z.looseObject({
  id: z.optional(rpcId),
  method: z.optional(z.nullable(z.string())),
  params: z.optional(z.unknown()),
  error: z.optional(z.unknown()),
});
const errorObject = z.looseObject({
  code: z.optional(z.catch(z.number(), RPC_CODES.internalError)),
  message: z.string(),
});

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One end of a connection. It sends with `send` and is fed by `receive`; it owns no timer and no stream. */
export class JsonRpcPeer {
  readonly #send: (line: string) => Promise<void>;
  readonly #handlers: PeerHandlers;
  readonly #pending = new Map<RpcId, Pending>();
  #lastId = 0;
  #closed: Error | undefined;

  constructor(send: (line: string) => Promise<void>, handlers: PeerHandlers) {
    this.#send = send;
    this.#handlers = handlers;
  }

  /** Rejects with the peer's RpcError, with the reason of close(), or with what sending throws. */
  async request(method: string, params: unknown): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send(JSON.stringify({ jsonrpc: "2.0", id, method, params })).catch((error: unknown) => {
      this.#pending.get(id)?.reject(error instanceof Error ? error : new Error(String(error)));
      this.#pending.delete(id);
    });
    return answer;
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.#send(JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  respond(id: RpcId, result: unknown): Promise<void> {
    return this.#send(JSON.stringify({ jsonrpc: "2.0", id, result }));
  }

  refuse(id: RpcId, code: number, words: string): Promise<void> {
    return this.#send(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: words } }));
  }

  /** Never throws: whatever the line holds, it is dispatched or reported as garbage. */
  receive(line: string): void {
    if (line.trim() === "") return;
    const parsed = message.safeParse(parseJson(line));
    if (!parsed.success) return this.#handlers.onGarbage(line);
    const { id, method, params, error } = parsed.data;
    if (method != null) {
      if (id === undefined) this.#handlers.onNotification(method, params);
      else this.#handlers.onRequest(id, method, params);
      return;
    }
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || pending === undefined) return this.#handlers.onGarbage(line);
    this.#pending.delete(id);
    if (error != null) pending.reject(rpcErrorOf(error));
    else pending.resolve(parsed.data["result"]);
  }

  /** Rejects everything that waits, and everything asked later. The first reason holds. */
  close(reason: Error): void {
    this.#closed ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#closed);
    this.#pending.clear();
  }
}

/** A refusal in whatever shape is one: whoever asked must not wait for another. */
function rpcErrorOf(error: unknown): RpcError {
  const parsed = errorObject.safeParse(error);
  if (!parsed.success) {
    return new RpcError(RPC_CODES.internalError, typeof error === "string" ? error : JSON.stringify(error));
  }
  const { code = RPC_CODES.internalError, message: words } = parsed.data;
  return new RpcError(code, words, parsed.data["data"]);
}

function parseJson(line: string): unknown {
  try {
    return readJson(line, AGENT_JSON_DEPTH);
  } catch (error) {
    // Not JSON: the schema refuses undefined, which is the answer.
    if (isAppError(error, "E_SCHEMA")) return undefined;
    throw error;
  }
}

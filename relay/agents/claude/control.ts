// Our control requests to claude and its replies, matched by id. Knows nothing of what they ask.
import { AppError } from "../../../schema/index.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

/** One per process. */
export class ControlRequests {
  readonly #write: (line: string) => void;
  readonly #pending = new Map<string, Pending>();
  #sent = 0;

  /** What cannot be written is to be followed by failAll. */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** The reply's value. Throws E_AGENT with claude's words in `text`, or E_TIMEOUT. */
  ask(request: { readonly subtype: string } & Record<string, unknown>, timeoutMs: number): Promise<unknown> {
    this.#sent += 1;
    const id = `kelpie-${this.#sent}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new AppError("E_TIMEOUT", { reason: request.subtype }));
      }, timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      this.#write(JSON.stringify({ type: "control_request", request_id: id, request }));
    });
  }

  /** An unknown id is ignored: its request gave up waiting. */
  settle(reply: { readonly id: string; readonly value?: unknown; readonly error?: string }): void {
    const pending = this.#take(reply.id);
    if (reply.error === undefined) pending?.resolve(reply.value);
    else pending?.reject(new AppError("E_AGENT", { text: reply.error }));
  }

  /** No more replies will come. */
  failAll(error: AppError): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending !== undefined) clearTimeout(pending.timer);
    return pending;
  }
}

// The command line's side of the Unix socket.
import { createConnection, type Socket } from "node:net";
import { AppError, isErrorCode, parseJson } from "../../schema/index.ts";
import { controlAnswer, type ControlAnswer } from "./control-protocol.ts";

/** Options of one call. */
export interface CallOptions {
  /** Each event line, in order. */
  readonly onEvent?: (data: unknown) => void;
  /** Hangs up; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Calls one method. Throws the relay's AppError, or E_OFFLINE when no relay runs on this state folder. */
export function callRelay(path: string, method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const end = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    options.signal?.addEventListener("abort", () => end(() => reject(options.signal?.reason)), { once: true });
    socket.once("connect", () => socket.write(`${JSON.stringify({ id: 1, method, params })}\n`));
    socket.once("error", (cause) => end(() => reject(notRunning(cause))));
    socket.once("close", () => reject(new AppError("E_OFFLINE", { reason: "the relay ended during the call" })));
    onLines(socket, (line) => {
      const answer = parseJson(line, controlAnswer);
      if (answer.kind === "event") options.onEvent?.(answer.data);
      else if (answer.kind === "done") end(() => resolve(answer.data));
      else end(() => reject(refusalOf(answer)));
    });
  });
}

function onLines(socket: Socket, handle: (line: string) => void): void {
  let pending = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    pending += chunk;
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) handle(line);
  });
}

function refusalOf(answer: Extract<ControlAnswer, { kind: "error" }>): AppError {
  const { code, reason, next, text } = answer;
  return new AppError(isErrorCode(code) ? code : "E_INTERNAL", { reason, next, text });
}

function notRunning(cause: Error): AppError {
  return new AppError(
    "E_OFFLINE",
    { reason: "no relay runs on this state folder", next: "start one: npm start" },
    { cause },
  );
}

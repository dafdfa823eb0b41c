// A WebSocket as the core wants it: dumb, four events, orphaned by identity once its owner let go of it.
import type { Bytes } from "../../schema/index.ts";
import type { Dial } from "./ports.ts";

/** The part of the WebSocket interface that browsers and the `ws` package share. */
interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Bytes): void;
  close(): void;
}

const OPEN = 1;
const ABNORMAL = 1006;

/** A Dial over any WebSocket implementation; `make` may throw for a bad address, which counts as closed. */
export function dialWith(make: (url: string, protocols: string[]) => WebSocketLike): Dial {
  return (url, protocols, events) => {
    let socket: WebSocketLike | null = null;
    let isOver = false;
    const over = (code: number): void => {
      if (isOver) return;
      isOver = true;
      events.closed(code);
    };
    try {
      socket = make(url, [...protocols]);
    } catch {
      // A refused address or a policy: the same as a connection that never opened, told later like every other.
      queueMicrotask(() => over(ABNORMAL));
    }
    if (socket !== null) {
      const made = socket;
      made.binaryType = "arraybuffer";
      made.onopen = () => isOver || events.opened();
      made.onmessage = ({ data }: { data: unknown }) => {
        if (isOver) return;
        if (typeof data === "string") events.text(data);
        else if (data instanceof ArrayBuffer) events.binary(new Uint8Array(data));
      };
      made.onclose = ({ code }: { code: number }) => over(code);
      made.onerror = () => undefined; // `close` follows and says all there is to know
    }
    return {
      send: (data) => {
        if (!isOver && socket?.readyState === OPEN) socket.send(data);
      },
      close: () => {
        isOver = true;
        socket?.close();
      },
    };
  };
}

// The HTTP side of the link: claim, enrol, and the token for the socket.
import type { IncomingMessage } from "node:http";
import { getBuiltinModule } from "node:process";
import {
  ANSWER_BYTES,
  AppError,
  errorAnswer,
  isErrorCode,
  machineAnswer,
  nonceAnswer,
  parseShape,
  proofOfPossession,
  ROUTES,
  ticketAnswer,
  toB64,
  tokenAnswer,
  type Bytes,
  type MachineId,
  type z,
} from "../../schema/index.ts";
import type { Identity } from "../trust/ports.ts";

// Not by import: that reads every export of node:http, and its WebSocket loads the second HTTP client that nobody here
// uses: 17 ms of the 303 ms of processor time of a relay's start, and 4 MiB (Node 24.21, 27 November 2026).
const { request: requestHttp } = getBuiltinModule("node:http");
const { request: requestHttps } = getBuiltinModule("node:https");

/** An answer that takes longer means the Worker, or the way to it, is gone. */
const REQUEST_MS = 15_000;

/** The Worker's HTTP routes as one machine uses them. Every call throws the route's AppError, or E_OFFLINE with the cause. */
export class Api {
  readonly #origin: string;
  readonly #identity: Identity;

  constructor(origin: string, identity: Identity) {
    this.#origin = origin;
    this.#identity = identity;
  }

  /** Claims an unclaimed Worker with its token T. E_CLAIMED when somebody did before. */
  async claim(token: Bytes): Promise<MachineId> {
    const body = { token: toB64(token), ...this.#keys(), proof: await this.#proof() };
    return (await this.#post(ROUTES.claim, body, machineAnswer)).m;
  }

  /** Joins a claimed Worker with a ticket of another machine. */
  async enrol(ticket: string): Promise<MachineId> {
    const body = { ticket, ...this.#keys(), proof: await this.#proof() };
    return (await this.#post(ROUTES.enrol, body, machineAnswer)).m;
  }

  /** A ticket for a further machine: single use, ten minutes. */
  async enrolTicket(): Promise<string> {
    const { token } = await this.token();
    return (await this.#post(ROUTES.enrolTicket, {}, ticketAnswer, token)).ticket;
  }

  /** An access token for the socket; lives in memory only. */
  async token(): Promise<z.infer<typeof tokenAnswer>> {
    return this.#post(ROUTES.token, { proof: await this.#proof() }, tokenAnswer);
  }

  #keys(): { ri: string; wi: string } {
    return { ri: toB64(this.#identity.riPublic), wi: toB64(this.#identity.wiPublic) };
  }

  async #proof(): Promise<string> {
    const { nonce } = await this.#post(ROUTES.nonce, {}, nonceAnswer);
    return proofOfPossession(this.#identity.ri, { kid: this.#identity.machine, audience: this.#origin, nonce });
  }

  async #post<T extends z.ZodMiniType>(path: string, body: unknown, shape: T, bearer?: string): Promise<z.infer<T>> {
    const headers = {
      "content-type": "application/json",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const { status, text } = await post(this.#origin + path, headers, JSON.stringify(body)).catch((cause: unknown) => {
      throw new AppError("E_OFFLINE", { reason: "the Worker does not answer" }, { cause });
    });
    if (status < 200 || status > 299) throw refusalOf(status, text);
    return parseShape(jsonOf(text), shape);
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** By node:http, which the socket needs anyway: fetch would bring a second HTTP client. Follows no redirect. */
async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send(url, { method: "POST", headers, agent: false, signal: AbortSignal.timeout(REQUEST_MS) }, resolve)
      .once("error", reject)
      .end(body);
  });
  return { status: response.statusCode ?? 0, text: await textOf(response) };
}

/** Rejects, the rest unread, for more than any answer of ours has: a captive portal's page, or worse. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  // One unit of it is at least one byte.
  for await (const part of response.setEncoding("utf8")) {
    text += String(part);
    if (text.length > ANSWER_BYTES) throw new Error(`an answer of more than ${ANSWER_BYTES} bytes`);
  }
  return text;
}

function refusalOf(status: number, text: string): AppError {
  const parsed = errorAnswer.safeParse(jsonOf(text));
  if (parsed.success && isErrorCode(parsed.data.code)) return new AppError(parsed.data.code, { status });
  // A captive portal, a proxy's error page: something else answers in the Worker's place.
  return new AppError("E_OFFLINE", { reason: `something else answered (HTTP ${status})`, status });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null; // no answer of ours; the caller's shape check refuses it
    throw error;
  }
}

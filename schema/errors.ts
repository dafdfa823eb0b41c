// The closed list of ways things are refused, and what each means for a status, a socket and a retry.

interface ErrorFacts {
  /** HTTP status when a route answers with it. */
  readonly status: number;
  /** WebSocket close code when a socket ends with it; null when it never ends one. */
  readonly close: number | null;
  /** True when the identical request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

const refusal = (status: number, close: number | null = null): ErrorFacts => ({ status, close, retryable: false });
const passing = (status: number, close: number | null = null): ErrorFacts => ({ status, close, retryable: true });

/** Every error code of protocol section 15. Codes may be added, never changed or reused. */
export const ERRORS = {
  E_UNCLAIMED: passing(503, 4503),
  E_CLAIMED: refusal(409),
  E_AUTH: refusal(401, 4401),
  E_ORIGIN: refusal(403, 4403),
  E_GRANT: refusal(403, 4403),
  E_PAIR_USED: refusal(409),
  E_PAIR_CODE: refusal(403),
  E_PAIR_EXPIRED: refusal(404),
  E_FRAME: refusal(400, 4400),
  E_SIZE: refusal(413, 4413),
  E_RATE: passing(429, 4429),
  E_EXPIRED: refusal(410),
  E_EXP_RANGE: refusal(400),
  E_REVOKED: refusal(403, 4403),
  E_NOT_FOUND: refusal(404),
  E_CTR_OLD: refusal(409),
  E_CTR_REUSED: refusal(409),
  E_BOOT: refusal(409),
  E_OFFLINE: passing(503),
  E_DIGEST: refusal(409),
  E_RESOLVED: refusal(409),
  E_STALE: refusal(409),
  E_SCOPE: refusal(403),
  E_POLICY: refusal(403),
  E_SCHEMA: refusal(400),
  E_FORK: refusal(409, 4400),
  E_GAP: refusal(409),
  E_EVICTED: refusal(410),
  E_REKEY: refusal(409),
  E_QUOTA: passing(507, 4503),
  E_DISK: passing(507),
  E_INTERNAL: passing(500),
  E_BUSY: passing(409),
  E_AGENT: refusal(502),
  E_GIT: refusal(422),
  E_TIMEOUT: passing(504),
} as const satisfies Record<string, ErrorFacts>;

/** A stable reason; callers and tests switch on it, never on a message. */
export type ErrorCode = keyof typeof ERRORS;

/** True when `value` is one of the codes above; never throws. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERRORS, value);
}

/** WebSocket close codes of protocol section 15. */
export const CLOSE = {
  frame: 4400,
  auth: 4401,
  revoked: 4403,
  authTimeout: 4408,
  replaced: 4409,
  age: 4410,
  size: 4413,
  rate: 4429,
  quota: 4503,
} as const;

/** Facts a caller can act on; never a path, a secret or a stack. */
export type ErrorData = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * An expected refusal. `message` is for people and free to change; `data.next`, where present, is the next step in words;
 * `data.text` the vendor's own words, unaltered.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, data: ErrorData = {}, options?: ErrorOptions) {
    const said = data["reason"] ?? data["text"];
    super(typeof said === "string" ? `${code}: ${said}` : code, options);
    this.code = code;
    this.data = data;
  }
}

/** True for an AppError of this code, so that a catch can rethrow everything else. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Ends an exhaustive switch; reaching it is a defect, so it throws a plain Error. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

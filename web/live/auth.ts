// The access token of this device: proof of possession over a server nonce, kept in memory only (protocol section 4).
import {
  AppError,
  errorAnswer,
  fromUtf8,
  isErrorCode,
  nonceAnswer,
  parseJson,
  proofOfPossession,
  ROUTES,
  TOKEN_REFRESH_MS,
  tokenAnswer,
  type MachineId,
  type z,
} from "../../schema/index.ts";
import type { IdentityRow } from "./live-store.ts";
import type { Platform } from "./ports.ts";

/** One JSON POST. E_OFFLINE when there is no answer or it is not ours (a captive portal); else the Worker's own code. */
export async function postJson<T extends z.ZodMiniType>(
  platform: Pick<Platform, "post">,
  path: string,
  body: unknown,
  shape: T,
): Promise<z.infer<T>> {
  let answer: { status: number; body: Uint8Array };
  try {
    answer = await platform.post(path, "application/json", JSON.stringify(body));
  } catch (cause) {
    throw new AppError("E_OFFLINE", {}, { cause });
  }
  const text = fromUtf8(answer.body) ?? "";
  if (answer.status !== 200) throw refusalOf(text);
  try {
    return parseJson(text, shape);
  } catch (cause) {
    throw new AppError("E_OFFLINE", { reason: "not the Worker's answer" }, { cause });
  }
}

/** The AppError that an error body stands for; E_OFFLINE when it is none of ours. */
export function refusalOf(text: string): AppError {
  try {
    const { code } = parseJson(text, errorAnswer);
    if (isErrorCode(code)) return new AppError(code);
  } catch {
    // Not our JSON: something else answered in the Worker's place.
  }
  return new AppError("E_OFFLINE", { reason: "not the Worker's answer" });
}

type Asker = Pick<Platform, "origin" | "clock" | "post">;

/** A request that has no answer after this is left to itself: the network it went out on may be gone without a word. */
const ANSWER_WITHIN_MS = 10_000;

/** Tokens of this device for one machine; one request at a time, as long as it may be answered. */
export class TokenSource {
  readonly #platform: Asker;
  readonly #identity: IdentityRow;
  readonly #machine: MachineId;
  #held: { readonly token: string; readonly at: number } | null = null;
  #asking: { readonly token: Promise<string>; readonly since: number } | null = null;

  constructor(platform: Asker, identity: IdentityRow, machine: MachineId) {
    this.#platform = platform;
    this.#identity = identity;
    this.#machine = machine;
  }

  /**
   * A token that will be valid for some minutes. Throws E_GRANT when the machine does not (any longer) know this device,
   * E_OFFLINE, E_AUTH, E_UNCLAIMED, …
   */
  get(): Promise<string> {
    const now = this.#platform.clock.monotonic();
    if (this.#held !== null && now - this.#held.at < TOKEN_REFRESH_MS) return Promise.resolve(this.#held.token);
    if (this.#asking !== null && now - this.#asking.since < ANSWER_WITHIN_MS) return this.#asking.token;
    const asking = { token: this.#ask(), since: now };
    this.#asking = asking;
    const over = (): void => {
      if (this.#asking === asking) this.#asking = null;
    };
    asking.token.then(over, over);
    return asking.token;
  }

  /** The Worker did not take it: ask for a new one next time. */
  forget(): void {
    this.#held = null;
  }

  async #ask(): Promise<string> {
    const { clock, origin } = this.#platform;
    const { nonce } = await postJson(this.#platform, ROUTES.nonce, {}, nonceAnswer);
    const claims = { kid: this.#identity.d, audience: origin, nonce };
    const proof = await proofOfPossession(this.#identity.pair.privateKey, claims);
    const { token } = await postJson(this.#platform, ROUTES.token, { proof, m: this.#machine }, tokenAnswer);
    this.#held = { token, at: clock.monotonic() };
    return token;
  }
}

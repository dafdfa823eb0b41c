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

/** Tokens of this device for one machine; one request at a time. */
export class TokenSource {
  readonly #platform: Platform;
  readonly #identity: IdentityRow;
  readonly #machine: MachineId;
  #held: { readonly token: string; readonly at: number } | null = null;
  #asking: Promise<string> | null = null;

  constructor(platform: Platform, identity: IdentityRow, machine: MachineId) {
    this.#platform = platform;
    this.#identity = identity;
    this.#machine = machine;
  }

  /**
   * A token that will be valid for some minutes. Throws E_GRANT when the machine does not (any longer) know this device,
   * E_OFFLINE, E_AUTH, E_UNCLAIMED, …
   */
  get(): Promise<string> {
    const { clock } = this.#platform;
    if (this.#held !== null && clock.monotonic() - this.#held.at < TOKEN_REFRESH_MS)
      return Promise.resolve(this.#held.token);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
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

// Access tokens: short-lived JWTs that only this Worker signs and judges.
import { jwtVerify, SignJWT } from "jose";
import {
  AppError,
  deviceId,
  machineId,
  randomBytes,
  toB64,
  TOKEN_MS,
  TOKEN_TYPE,
  z,
  type Bytes,
  type TokenAnswer,
} from "../../schema/index.ts";

const SECOND_MS = 1000;
const claims = z.discriminatedUnion("role", [
  z.object({ role: z.literal("relay"), sub: machineId }),
  z.object({ role: z.literal("device"), sub: deviceId }),
]);

/** Who a token speaks for. A device's token is good for every machine that grants it. */
export type Identity = z.infer<typeof claims>;

/** Issues and verifies access tokens. */
export interface Tokens {
  issue(identity: Identity): Promise<TokenAnswer>;
  /** E_AUTH for whatever this Worker did not sign as such, or that has expired. */
  verify(token: string): Promise<Identity>;
}

/** `appOrigin` is both issuer and audience. */
export function createTokens(deps: { tokenKey: Bytes; appOrigin: string; now: () => number }): Tokens {
  return {
    async issue({ role, sub }) {
      const issued = Math.floor(deps.now() / SECOND_MS);
      const exp = issued + TOKEN_MS / SECOND_MS;
      const token = await new SignJWT({ role })
        .setProtectedHeader({ alg: "HS256", typ: TOKEN_TYPE })
        .setIssuer(deps.appOrigin)
        .setAudience(deps.appOrigin)
        .setSubject(sub)
        .setIssuedAt(issued)
        .setExpirationTime(exp)
        .setJti(toB64(randomBytes(16)))
        .sign(deps.tokenKey);
      return { token, exp };
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, deps.tokenKey, {
          algorithms: ["HS256"],
          typ: TOKEN_TYPE,
          issuer: deps.appOrigin,
          audience: deps.appOrigin,
          requiredClaims: ["sub", "role", "exp", "iat", "jti"],
          currentDate: new Date(deps.now()),
        });
        return claims.parse(payload);
      } catch (cause) {
        // jose and the validator say why; the caller may only learn that it is no token of ours.
        throw new AppError("E_AUTH", {}, { cause });
      }
    },
  };
}

// What reaches the Worker's routes and comes back from them, and what a person pastes or opens: proofs, tokens, bodies,
// answers, pairing links, addresses.
import {
  BODY_BYTES,
  claimBody,
  enrolBody,
  errorAnswer,
  fromB64,
  fromUtf8,
  grant,
  generateSigningPair,
  exportPublic,
  importVerifyKey,
  jwkOfPoint,
  machineParam,
  nonceAnswer,
  parseJson,
  parsePairLink,
  pointOfJwk,
  proofOfPossession,
  publicJwk,
  toB64,
  tokenAnswer,
  tokenBody,
  z,
  type Bytes,
  type MachineId,
} from "../../../../schema/index.ts";
import { takePairLink } from "../../../../web/hooks/pair-link.ts";
import { routeOf } from "../../../../web/hooks/route.ts";
import { refusalOf } from "../../../../web/live/auth.ts";
import { parsePicks } from "../../../../web/screens/start/last-choice.ts";
import { createNonces } from "../../../../worker/auth/nonce.ts";
import { kidOfProof, verifyProof } from "../../../../worker/auth/proof.ts";
import { createTokens } from "../../../../worker/auth/token.ts";
import { opening } from "../../../../worker/hub/socket-state.ts";
import { readVector } from "../fixtures.ts";
import { type FuzzTarget, textTarget } from "../target.ts";

const ORIGIN = "https://kelpie.example";
const NOW = 1_795_000_000_000;
const KEY: Bytes = new Uint8Array(32).fill(7);
const ids = z.object({ ri: z.string(), machine: z.string() }).parse(readVector("identities.json"));
const pairing = z.object({ fragment: z.string() }).parse(readVector("pairing.json"));

/** Headers that libraries have confused before, over one payload. */
const JOSE_HEADERS: readonly object[] = [
  { alg: "none" },
  { alg: "HS256", typ: "kelpie-at+jwt" },
  { alg: "ES256", typ: "kelpie-pop+jwt", kid: ids.machine },
  { alg: "ES256", typ: "kelpie-pop+jwt", kid: ids.machine, crit: ["b64"], b64: false },
  { alg: "ES256", jwk: { kty: "oct", k: "AA" }, kid: ids.machine },
  { alg: "HS256", zip: "DEF", typ: "kelpie-at+jwt" },
];

function compact(header: object, payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${"A".repeat(86)}`;
}

const nonces = createNonces({ tokenKey: KEY, now: () => NOW });
const tokens = createTokens({ tokenKey: KEY, appOrigin: ORIGIN, now: () => NOW });
const signing = await generateSigningPair(false);
const jwk = jwkOfPoint(await exportPublic(signing.publicKey));
const nonce = await nonces.create();
const machine = ids.machine as MachineId;
const proof = await proofOfPossession(signing.privateKey, { kid: machine, audience: ORIGIN, nonce });
const issued = await tokens.issue({ role: "relay", sub: machine });
const forged = JOSE_HEADERS.map((header) =>
  compact(header, {
    aud: ORIGIN,
    iss: ORIGIN,
    sub: machine,
    nonce,
    jti: "A".repeat(22),
    exp: 2 ** 40,
    iat: 1,
    role: "relay",
  }),
);

function body(name: string, shape: z.ZodMiniType, honest: object): FuzzTarget {
  return {
    name,
    claim: `HTTP: ${name}`,
    maxBytes: BODY_BYTES,
    corpus: () => [new Uint8Array(Buffer.from(JSON.stringify(honest)))],
    run: (input) => void parseJson(fromUtf8(input) ?? "", shape),
  };
}

const point = ids.ri;
const T = "A".repeat(43);

/** Parsers at the doors. */
export const DOOR_TARGETS: readonly FuzzTarget[] = [
  textTarget({
    name: "proof",
    claim: "proofs of possession (compact JWS)",
    maxBytes: BODY_BYTES,
    corpus: () => [proof, ...forged],
    read: async (text) => {
      const kid = kidOfProof(text);
      await verifyProof(text, { kid, key: jwk, audiences: [ORIGIN], nonces });
    },
  }),
  textTarget({
    name: "access-token",
    claim: "access tokens (JWT)",
    maxBytes: BODY_BYTES,
    corpus: () => [issued.token, ...forged],
    read: (text) => tokens.verify(text),
  }),
  textTarget({
    name: "nonce",
    claim: "server nonces",
    maxBytes: BODY_BYTES,
    corpus: () => [nonce],
    read: (text) => nonces.isFresh(text),
  }),
  body("claim-body", claimBody, { token: T, ri: point, wi: point, proof }),
  body("enrol-body", enrolBody, { ticket: T, ri: point, wi: point, proof }),
  body("token-body", tokenBody, { proof, m: ids.machine }),
  body("token-answer", tokenAnswer, { token: issued.token, exp: issued.exp }),
  body("nonce-answer", nonceAnswer, { nonce }),
  body("error-answer", errorAnswer, { code: "E_RATE", retryMs: 1_000 }),
  body("grant", grant, { kid: ids.machine, jwk, role: "device", exp: NOW }),
  body("socket-opening", opening, {
    role: "relay",
    m: ids.machine,
    kid: ids.machine,
    key: point,
    origin: "",
    grantsRev: 1,
  }),
  body("machine-param", machineParam, {}),
  textTarget({
    name: "refusal",
    claim: "what answers in the Worker's place",
    maxBytes: BODY_BYTES,
    corpus: () => ['{"code":"E_RATE","retryMs":5}', "<html><title>Login</title>"],
    read: (text) => refusalOf(text),
  }),
  textTarget({
    name: "public-key",
    claim: "public keys, as JWK and as points",
    maxBytes: 1_024,
    corpus: () => [JSON.stringify(jwk)],
    read: (text) => importVerifyKey(pointOfJwk(parseJson(text, publicJwk))),
  }),
  {
    name: "point",
    claim: "curve points in pairing and claims",
    maxBytes: 256,
    corpus: () => [fromB64(point) ?? new Uint8Array(0)],
    run: async (input) => {
      jwkOfPoint(input);
      await importVerifyKey(input);
    },
  },
  textTarget({
    name: "pairing-link",
    claim: "pairing links, pasted or opened",
    maxBytes: 64 * 1024,
    corpus: () => [pairing.fragment, `${ORIGIN}/pair#${pairing.fragment}`, `  #${pairing.fragment}\n`],
    tokens: [".", "#", "1.", toB64(KEY)],
    read: (text) => {
      const history = { replaceState: (): void => undefined };
      const taken = takePairLink({ location: { pathname: "/pair", hash: `#${text}`, origin: ORIGIN }, history });
      parsePairLink(taken ?? text);
    },
  }),
  textTarget({
    name: "address",
    claim: "addresses of screens",
    maxBytes: 64 * 1024,
    corpus: () => ["/", "/inbox", `/machine/${ids.machine}`, `/session/${ids.machine}/${ids.machine}/info`],
    read: routeOf,
  }),
  textTarget({
    name: "kept-picks",
    claim: "what a browser kept of the last session's choices",
    maxBytes: 64 * 1024,
    corpus: () => ['{"machine":"m","project":"p","agent":"claude","model":"m","mode":"plan"}'],
    read: parsePicks,
  }),
];

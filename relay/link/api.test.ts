import { execFileSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ANSWER_BYTES, fromB64, randomBytes, ROUTES, SECRET_BYTES, toB64 } from "../../schema/index.ts";
import { Api } from "./api.ts";
import { openBench, NOWHERE, type Bench } from "./test/link-parts.ts";

interface Heard {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

let bench: Bench;
let server: Server;
let api: Api;
let heard: Heard[];
/** What the Worker answers by path: status and body. */
let answers: Record<string, readonly [number, string]>;

const NONCE = toB64(randomBytes(48));
const TOKEN = "a.b.c";

beforeEach(async () => {
  bench = await openBench();
  heard = [];
  answers = {
    [ROUTES.nonce]: [200, JSON.stringify({ nonce: NONCE })],
    [ROUTES.token]: [200, JSON.stringify({ token: TOKEN, exp: 1 })],
  };
  server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      heard.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(text) as Heard["body"] });
      const [status, body] = answers[request.url ?? ""] ?? [404, "{}"];
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("not listening");
  api = new Api(`http://127.0.0.1:${address.port}`, bench.core.identity);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  bench.close();
});

test("asks for a nonce, proves possession of the key over it, and sends neither Origin nor secret in an address", async () => {
  expect(await api.token()).toEqual({ token: TOKEN, exp: 1 });
  expect(heard.map(({ path }) => path)).toEqual([ROUTES.nonce, ROUTES.token]);
  const [header, claims] = String(heard[1]?.body["proof"])
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString());
  expect(JSON.parse(header ?? "")).toMatchObject({
    alg: "ES256",
    typ: "kelpie-pop+jwt",
    kid: bench.core.identity.machine,
  });
  expect(JSON.parse(claims ?? "")).toMatchObject({ nonce: NONCE, sub: bench.core.identity.machine });
  expect(heard.every(({ headers }) => headers.origin === undefined && headers.referer === undefined)).toBe(true);
});

test("claims with the token and both public keys; a refusal keeps its code", async () => {
  const { machine, riPublic, wiPublic } = bench.core.identity;
  answers[ROUTES.claim] = [200, JSON.stringify({ m: machine })];
  const token = randomBytes(SECRET_BYTES);
  expect(await api.claim(token)).toBe(machine);
  expect(fromB64(String(heard[1]?.body["token"]))).toEqual(token);
  expect(heard[1]?.body).toMatchObject({ ri: toB64(riPublic), wi: toB64(wiPublic) });
  answers[ROUTES.claim] = [409, JSON.stringify({ code: "E_CLAIMED" })];
  await expect(api.claim(token)).rejects.toMatchObject({ code: "E_CLAIMED" });
});

test("a ticket for a further machine is asked for with the token", async () => {
  const ticket = toB64(randomBytes(SECRET_BYTES));
  answers[ROUTES.enrolTicket] = [200, JSON.stringify({ ticket })];
  expect(await api.enrolTicket()).toBe(ticket);
  expect(heard.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
});

test("a captive portal's page is an absent Worker, not a refusal of ours", async () => {
  answers[ROUTES.nonce] = [511, "<html>Please log in</html>"];
  await expect(api.token()).rejects.toMatchObject({ code: "E_OFFLINE" });
  answers[ROUTES.nonce] = [403, JSON.stringify({ code: "E_NOT_A_CODE_OF_OURS" })];
  await expect(api.token()).rejects.toMatchObject({ code: "E_OFFLINE" });
});

test("an answer of another shape is refused", async () => {
  answers[ROUTES.nonce] = [200, "<html>hello</html>"];
  await expect(api.token()).rejects.toMatchObject({ code: "E_SCHEMA" });
});

test("an answer without an end is given up, not kept", async () => {
  answers[ROUTES.nonce] = [200, JSON.stringify({ nonce: NONCE, more: "x".repeat(2 * ANSWER_BYTES) })];
  await expect(api.token()).rejects.toMatchObject({ code: "E_OFFLINE" });
});

test("nobody listening is E_OFFLINE with the cause", async () => {
  await expect(new Api(NOWHERE, bench.core.identity).token()).rejects.toMatchObject({
    code: "E_OFFLINE",
    cause: expect.anything(),
  });
});

test("brings no second HTTP client into the relay", () => {
  const api = new URL("api.ts", import.meta.url).href;
  const script = `await import(${JSON.stringify(api)}); console.log(process.moduleLoadList.join("\\n"))`;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  expect(loaded).toContain("NativeModule http");
  expect(loaded).not.toContain("undici");
});

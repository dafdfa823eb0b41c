import { request, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BODY_BYTES, ROUTES } from "../schema/index.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' blob:; " +
  "font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src blob:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kelpie";

let worker: TestWorker;
beforeAll(async () => void (worker = await startWorker()));
afterAll(() => worker.stop());

test.each(["/", "/pair", "/assets/app-abcd1234.js", "/assets/gone.js", "/v1/nothing"])(
  "S19 %s carries the strict headers and no CORS",
  async (path) => {
    const { headers } = await fetch(`${worker.url}${path}`, { headers: { Origin: "https://evil.example" } });
    expect(headers.get("Content-Security-Policy")).toBe(POLICY);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Permissions-Policy")).toBe("camera=(self)");
    expect(headers.get("Strict-Transport-Security")).toBeNull();
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(headers.get("Set-Cookie")).toBeNull();
  },
);

test("HSTS is sent on https only", async () => {
  const response = await worker.miniflare.dispatchFetch("https://kelpie.example/");
  expect(response.headers.get("Strict-Transport-Security")).toMatch(/^max-age=\d{8}/);
});

test("hashed files are kept for good, everything else is asked for again", async () => {
  const policyOf = async (path: string) => (await fetch(`${worker.url}${path}`)).headers.get("Cache-Control");
  expect(await policyOf("/assets/app-abcd1234.js")).toBe("public, max-age=31536000, immutable");
  expect(await policyOf("/")).toBe("no-cache");
  expect(await policyOf("/sessions/some/where")).toBe("no-cache");
  expect(await policyOf("/sw.js")).toBe("no-cache");
  expect(await policyOf("/v1/nothing")).toBe("no-store");
});

test.each([
  ["br, gzip", "br"],
  ["gzip", "gzip"],
  ["identity", null],
])("text is compressed for who accepts %s; its bytes stay the same", async (accepted, coding) => {
  const { headers, body } = await getRaw("/assets/app-abcd1234.js", accepted);
  expect(headers["content-encoding"] ?? null).toBe(coding);
  expect(headers["vary"]).toContain("Accept-Encoding");
  const plain = await fetch(`${worker.url}/assets/app-abcd1234.js`, { headers: { "Accept-Encoding": "identity" } });
  expect(unpack(body, coding)).toBe(await plain.text());
});

test("any address shows the app, but a missing file is not a page", async () => {
  const page = await fetch(`${worker.url}/sessions/x`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>site</title>")]);
  expect((await fetch(`${worker.url}/assets/gone.js`)).status).toBe(404);
});

test("a route answers a refusal with its code and nothing else", async () => {
  const cases: (readonly [string, RequestInit, number, string])[] = [
    ["/v1/nothing", {}, 404, "E_NOT_FOUND"],
    [ROUTES.nonce, {}, 404, "E_NOT_FOUND"],
    [ROUTES.nonce, { method: "POST", body: "{}" }, 400, "E_FRAME"],
    [ROUTES.nonce, json("{"), 400, "E_SCHEMA"],
    [ROUTES.nonce, json("{}", { Origin: "https://evil.example" }), 403, "E_ORIGIN"],
    [ROUTES.nonce, json("{}", { Origin: "null" }), 403, "E_ORIGIN"],
    [ROUTES.token, json("{}"), 400, "E_SCHEMA"],
    [ROUTES.token, json(`{"proof":"${"x".repeat(BODY_BYTES)}"}`), 413, "E_SIZE"],
    [ROUTES.claim, json('{"token":"short"}'), 400, "E_SCHEMA"],
    [ROUTES.socket("AAAAAAAAAAAAAAAAAAAAAA"), {}, 400, "E_FRAME"],
    [ROUTES.socket("not-a-machine"), {}, 404, "E_NOT_FOUND"],
  ];
  for (const [path, init, status, code] of cases) {
    const response = await fetch(`${worker.url}${path}`, init);
    expect([path, response.status, await response.json()]).toEqual([path, status, { code }]);
  }
  expect(await worker.hubFiles()).toEqual([]);
});

test("a request of the app itself passes", async () => {
  expect((await fetch(`${worker.url}${ROUTES.nonce}`, json("{}", { Origin: worker.url }))).status).toBe(200);
});

function json(body: string, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } };
}

/** As it comes over the line: fetch would unpack it. */
async function getRaw(path: string, accepted: string): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(worker.url + path, { agent: false, headers: { "Accept-Encoding": accepted } }, (response) => {
      buffer(response).then((body) => resolve({ headers: response.headers, body }), reject);
    })
      .once("error", reject)
      .end();
  });
}

function unpack(body: Buffer, coding: string | null): string {
  if (coding === "br") return brotliDecompressSync(body).toString();
  return (coding === "gzip" ? gunzipSync(body) : body).toString();
}

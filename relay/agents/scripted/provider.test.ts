import { afterEach, describe, expect, test } from "vitest";
import { startScriptedProvider, type ScriptedProvider } from "./provider.ts";
import { readTag, scriptTag, SCRIPTS } from "./script.ts";

const started: ScriptedProvider[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((provider) => provider.stop()));
});

async function start(): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider();
  started.push(provider);
  return provider;
}

type Message = { role: string; content: unknown };
const asks = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] });
const RESULT: Message = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "ok" }] };
const CALL: Message = { role: "assistant", content: [{ type: "tool_use", id: "t", name: "Bash", input: {} }] };

function post(provider: ScriptedProvider, messages: readonly Message[], stream = true): Promise<Response> {
  const body = JSON.stringify({ model: "m", max_tokens: 1, stream, messages });
  return fetch(`${provider.url}/v1/messages?beta=true`, { method: "POST", body });
}

/** The data of every event of a streamed answer. */
async function events(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = "null"]) => JSON.parse(data));
}

async function streamedText(response: Response): Promise<string> {
  const deltas = (await events(response)).map((event) => Object(event["delta"]).text);
  return deltas.filter((text) => text !== undefined).join("");
}

describe("a scripted answer", () => {
  test("streams in pieces that add up, in the order of the Messages API", async () => {
    const response = await post(await start(), [asks(scriptTag("text"))]);
    const all = await events(response);
    const types = all.map(({ type }) => type);
    expect(types.filter((type) => type !== "content_block_delta")).toEqual([
      "message_start",
      "content_block_start",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const words = all.map((event) => Object(event["delta"]).text ?? "").join("");
    expect(words).toBe("Grüße! A scripted answer: 日本語 🎉 — done.");
  });

  test("comes whole when no stream is asked for", async () => {
    const response = await post(await start(), [asks(scriptTag("thinking"))], false);
    expect(await response.json()).toMatchObject({
      stop_reason: "end_turn",
      content: [{ type: "thinking" }, { type: "text", text: "Then I answer." }],
    });
  });

  test("follows the last tag, one step per answer given since", async () => {
    const provider = await start();
    const call = await post(provider, [asks(scriptTag("text")), asks(scriptTag("bash", { command: "ls" }))], false);
    expect(await call.json()).toMatchObject({
      stop_reason: "tool_use",
      content: [{ name: "Bash", input: { command: "ls" } }],
    });
    expect(await streamedText(await post(provider, [asks(scriptTag("bash")), CALL, RESULT]))).toBe(
      "The command is behind us.",
    );
    const beyond = [asks(scriptTag("bash")), CALL, RESULT, CALL, RESULT];
    expect(await streamedText(await post(provider, beyond))).toBe("(the script is over)");
    expect(provider.requests.map(({ script, step }) => [script, step])).toEqual([
      ["bash", 0],
      ["bash", 1],
      ["bash", 2],
    ]);
  });

  test("to an untagged request is one sentence", async () => {
    const response = await post(await start(), [{ role: "user", content: "Write a title for this session" }]);
    expect(await streamedText(response)).toBe("A scripted sentence.");
  });

  test("fails as often as the script says, per provider", async () => {
    const provider = await start();
    const statuses = [];
    for (let tried = 0; tried < 3; tried += 1) {
      const response = await post(provider, [asks(scriptTag("overloaded"))]);
      statuses.push(response.status);
      await response.text();
    }
    expect(statuses).toEqual([529, 529, 200]);
  });

  test("refuses a key with and without advice to try again", async () => {
    const provider = await start();
    const final = await post(provider, [asks(scriptTag("unauthorized"))]);
    const open = await post(provider, [asks(scriptTag("unauthorized-retried"))]);
    expect([final.status, final.headers.get("x-should-retry")]).toEqual([401, "false"]);
    expect([open.status, open.headers.get("x-should-retry")]).toEqual([401, null]);
  });

  test("breaks off in the middle, once", async () => {
    const provider = await start();
    await expect((await post(provider, [asks(scriptTag("cut"))])).text()).rejects.toThrow("terminated");
    expect(await streamedText(await post(provider, [asks(scriptTag("cut"))]))).toBe("A whole sentence.");
  });

  test("can be 2 MB long", async () => {
    const response = await post(await start(), [asks(scriptTag("big"))]);
    expect((await streamedText(response)).length).toBe(2 * 1024 * 1024);
  });
});

test("what is no message request is refused", async () => {
  const provider = await start();
  expect((await fetch(`${provider.url}/v1/models`)).status).toBe(404);
  for (const body of ["{}", "not JSON"]) {
    expect((await fetch(`${provider.url}/v1/messages`, { method: "POST", body })).status).toBe(400);
  }
});

test("stopping ends an answer that is still streaming, and may be repeated", async () => {
  const provider = await start();
  const response = await post(provider, [asks(scriptTag("slow"))]);
  await provider.stop();
  await provider.stop();
  await expect(response.text()).rejects.toThrow("terminated");
});

test("a tag reads back as it was written; others are none", () => {
  for (const name of Object.keys(SCRIPTS)) {
    expect(readTag(`before ${scriptTag(name, { path: "/w/a b" })} after`)).toEqual({ name, args: { path: "/w/a b" } });
  }
  expect(readTag("[script:unheard-of]")).toBeUndefined();
  expect(readTag("no tag")).toBeUndefined();
});

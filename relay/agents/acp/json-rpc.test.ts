import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { JsonRpcPeer, RpcError } from "./json-rpc.ts";
import { z } from "../../../schema/index.ts";

const sentMessage = z.looseObject({ id: z.optional(z.number()), method: z.optional(z.string()) });

let sent: string[] = [];
let heard: unknown[][] = [];
let peer: JsonRpcPeer;

beforeEach(() => {
  sent = [];
  heard = [];
  peer = new JsonRpcPeer(async (line) => void sent.push(line), {
    onRequest: (...request) => heard.push(["request", ...request]),
    onNotification: (...notification) => heard.push(["notification", ...notification]),
    onGarbage: (line) => heard.push(["garbage", line]),
  });
});

const idOf = (index: number): unknown => sentMessage.parse(JSON.parse(sent[index] ?? "{}")).id;

describe("requests of ours", () => {
  test("are answered by id, in any order", async () => {
    const [first, second] = [peer.request("a", {}), peer.request("b", {})];
    peer.receive(JSON.stringify({ jsonrpc: "2.0", id: idOf(1), result: 2 }));
    peer.receive(JSON.stringify({ jsonrpc: "2.0", id: idOf(0), result: 1 }));
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });

  test("reject with the peer's words and code", async () => {
    const asked = peer.request("a", {});
    peer.receive(JSON.stringify({ id: idOf(0), error: { code: -32000, message: "Log in", data: { a: 1 } } }));
    await expect(asked).rejects.toEqual(new RpcError(-32000, "Log in", { a: 1 }));
  });

  test("are answered by a result beside a null error, as some peers write it", async () => {
    const asked = peer.request("a", {});
    peer.receive(JSON.stringify({ jsonrpc: "2.0", id: idOf(0), method: null, result: { ok: 1 }, error: null }));
    expect(await asked).toEqual({ ok: 1 });
  });

  test.each([
    [{ code: "E_AUTH", message: "Log in" }, "Log in"],
    [{ message: "Out of credits" }, "Out of credits"],
    [{ code: 5 }, '{"code":5}'],
    ["Just words", "Just words"],
  ])("an error in another shape than JSON-RPC's rejects and is not waited out: %j", async (error, words) => {
    const asked = peer.request("a", {});
    peer.receive(JSON.stringify({ jsonrpc: "2.0", id: idOf(0), error }));
    await expect(asked).rejects.toMatchObject({ name: "RpcError", message: words });
  });

  test("reject when the connection closes, and after it", async () => {
    const asked = peer.request("a", {});
    peer.close(new Error("gone"));
    peer.close(new Error("later"));
    await expect(asked).rejects.toThrow("gone");
    await expect(peer.request("b", {})).rejects.toThrow("gone");
  });

  test("reject when they cannot be sent", async () => {
    const broken = new JsonRpcPeer(() => Promise.reject(new Error("pipe")), {
      onRequest: () => undefined,
      onNotification: () => undefined,
      onGarbage: () => undefined,
    });
    await expect(broken.request("a", {})).rejects.toThrow("pipe");
  });
});

describe("what comes in", () => {
  test.each([
    ['{"jsonrpc":"2.0","id":0,"method":"m","params":{"a":1}}', ["request", 0, "m", { a: 1 }]],
    ['{"jsonrpc":"2.0","id":"x","method":"m"}', ["request", "x", "m", undefined]],
    ['{"jsonrpc":"2.0","method":"n","params":[]}', ["notification", "n", []]],
  ])("%s", (line, expected) => {
    peer.receive(line);
    expect(heard).toEqual([expected]);
  });

  test.each(["hello", "{", "null", "7", "[]", '{"id":{}}', '{"id":5,"result":1}', '{"method":7}', "\u0000"])(
    "%j is garbage",
    (line) => {
      peer.receive(line);
      expect(heard).toEqual([["garbage", line]]);
    },
  );

  test("an empty line is nothing", () => {
    peer.receive("  ");
    expect(heard).toEqual([]);
  });

  test("nothing that can be printed makes it throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        peer.receive(line);
        expect(heard.splice(0).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

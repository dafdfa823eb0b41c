import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { findHolder, takePort } from "./port.ts";

test("a taken port is not given out, and is again once it is free", async () => {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;

  expect(await takePort("127.0.0.1", port)).toBeUndefined();
  expect(await findHolder(port)).toContain(`(process ${process.pid})`);

  server.close();
  await once(server, "close");
  expect(await takePort("127.0.0.1", port)).toBe(port);
  expect(await findHolder(port)).toBeUndefined();
});

test("port 0 gives a free one", async () => {
  expect(await takePort("127.0.0.1", 0)).toBeGreaterThan(0);
});

test("a host that is not ours is an error, not a taken port", async () => {
  await expect(takePort("192.0.2.1", 0)).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

import { expect, test } from "vitest";
import { createShellUpdate, type UpdatePorts } from "./shell-update.ts";

/** A page whose shell is controlled by `controller`; `change` puts another worker in its place. */
function page(controller: object | null, waiting: { readonly said: unknown[] } | null) {
  const listeners: (() => void)[] = [];
  let reloads = 0;
  const container = {
    controller,
    addEventListener: (_name: string, listener: () => void) => void listeners.push(listener),
  };
  const worker = waiting === null ? null : { postMessage: (message: unknown) => void waiting.said.push(message) };
  const registration = { waiting: worker, addEventListener: () => undefined, update: () => Promise.resolve() };
  const ports = {
    register: () => Promise.resolve(registration),
    container,
    reloadPage: () => (reloads += 1),
    onAsk: () => undefined,
  } as unknown as UpdatePorts;
  const update = createShellUpdate(ports);
  return { update, change: () => listeners.forEach((listener) => listener()), reloads: () => reloads };
}

const registered = () => new Promise((resolve) => void setImmediate(resolve));

test("a newer shell waits until the person takes it, and the page reloads once it is in place", async () => {
  const said: unknown[] = [];
  const { update, change, reloads } = page({}, { said });
  await registered();
  expect([update.get().status, said]).toEqual(["ready", []]);
  update.reload();
  expect([said, reloads()]).toEqual([[{ t: "take-over" }], 0]);
  change();
  expect(reloads()).toBe(1);
});

test("taken in another tab, it is offered here and a tap reloads this page", async () => {
  const said: unknown[] = [];
  const { update, change, reloads } = page({}, { said });
  await registered();
  update.later();
  change();
  expect([update.get().status, reloads()]).toEqual(["ready", 0]);
  update.reload();
  expect([reloads(), said]).toEqual([1, []]);
});

test("the first install is no newer shell", async () => {
  const { update, change, reloads } = page(null, null);
  await registered();
  change();
  expect([update.get().status, reloads()]).toEqual(["none", 0]);
});

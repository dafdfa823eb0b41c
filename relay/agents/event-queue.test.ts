import { expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";

/** Lets everything that can run now run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("gives every item once, in order, before and after the consumer came", async () => {
  const queue = new EventQueue<number>(100);
  queue.push(1, 1);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of queue) seen.push(item);
  })();
  await settle();
  queue.push(2, 1);
  queue.push(3, 1);
  queue.end();
  queue.push(4, 1);
  await reading;
  expect(seen).toEqual([1, 2, 3]);
});

test("allTaken waits until the consumer has finished with the last item", async () => {
  const queue = new EventQueue<number>(100);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const reading = (async () => {
    for await (const item of queue) if (item === 2) await held;
  })();
  await settle();
  queue.push(1, 1);
  queue.push(2, 1);
  let isTaken = false;
  const taken = queue.allTaken().then(() => (isTaken = true));
  await settle();
  expect(isTaken).toBe(false);
  release();
  await taken;
  queue.end();
  await reading;
});

test("allTaken does not wait while nobody consumes", async () => {
  const queue = new EventQueue<number>(100);
  queue.push(1, 1);
  expect(await queue.allTaken()).toBeUndefined();
});

test("room waits while too much is unread, and for nobody once the consumer left", async () => {
  const queue = new EventQueue<number>(10);
  queue.push(1, 6);
  await queue.room();
  queue.push(2, 6);
  let hasRoom = false;
  const room = queue.room().then(() => (hasRoom = true));
  await settle();
  expect(hasRoom).toBe(false);
  for await (const item of queue) if (item === 1) break;
  await room;
});

test("a second consumer is misuse", async () => {
  const queue = new EventQueue<number>(10);
  queue.push(1, 1);
  void queue[Symbol.asyncIterator]().next();
  await expect(queue[Symbol.asyncIterator]().next()).rejects.toThrow(TypeError);
});

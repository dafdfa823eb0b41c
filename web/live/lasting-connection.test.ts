import { expect, test } from "vitest";
import { LastingConnection } from "./lasting-connection.ts";

class Closed extends Error {}

function world() {
  const opened: { isAgain: boolean; isClosed: boolean; readonly lose: () => void }[] = [];
  const connection = new LastingConnection({
    open: async (lost, isAgain) => {
      const one = { isAgain, isClosed: false, lose: lost };
      opened.push(one);
      return one;
    },
    isClosed: (error) => error instanceof Closed,
  });
  let runs = 0;
  const use = () =>
    connection.use(async (one) => {
      if (one.isClosed) throw new Closed();
      return ++runs;
    });
  return { opened, use, connection };
}

test("one connection serves uses that come together", async () => {
  const { opened, use } = world();
  expect(await Promise.all([use(), use()])).toEqual([1, 2]);
  expect(opened.map(({ isAgain }) => isAgain)).toEqual([false]);
});

test("one that told it is gone is opened again for the next use", async () => {
  const { opened, use } = world();
  await use();
  opened[0]?.lose();
  expect(await use()).toBe(2);
  expect(opened.map(({ isAgain }) => isAgain)).toEqual([false, true]);
});

test("one that was closed without a word does the work once, over a new one", async () => {
  const { opened, use } = world();
  await use();
  for (const one of opened) one.isClosed = true;
  expect(await use()).toBe(2);
  expect(opened).toHaveLength(2);
});

test("any other failure is the caller's: nothing is done twice", async () => {
  const { opened, connection } = world();
  let runs = 0;
  const failing = connection.use(() => {
    runs += 1;
    return Promise.reject(new TypeError("half done"));
  });
  await expect(failing).rejects.toBeInstanceOf(TypeError);
  expect([runs, opened.length]).toEqual([1, 1]);
});

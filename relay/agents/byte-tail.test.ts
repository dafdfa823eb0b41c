import { expect, test } from "vitest";
import { ByteTail } from "./byte-tail.ts";

test("keeps the last bytes, whatever the sizes of the pieces", () => {
  const tail = new ByteTail(5);
  for (const piece of ["a", "bcdefghijkl", "m", "no"]) tail.push(Buffer.from(piece));
  expect(tail.text()).toBe("klmno");
});

test("keeps everything while it fits", () => {
  const tail = new ByteTail(5);
  tail.push(Buffer.from("äb"));
  expect(tail.text()).toBe("äb");
});

test("drops the rest of a character cut in the middle", () => {
  const tail = new ByteTail(4);
  tail.push(Buffer.from("€uro"));
  expect(tail.text()).toBe("uro");
});

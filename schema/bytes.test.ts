import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, equalBytes, fromB64, lp, toB64, u32 } from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

describe("base64url", () => {
  test("agrees with the platform's in both directions", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toB64(value)).toBe(Buffer.from(value).toString("base64url"));
        expect(fromB64(toB64(value))).toEqual(new Uint8Array(value));
      }),
    );
  });

  test.each(["A", "AAAAA", "AB", "AAB", "AA=", "AA==", "A A", "AA\n", "+/", "ä", "AA\u0000"])("refuses %j", (text) => {
    expect(fromB64(text)).toBeNull();
  });

  test("accepts one spelling only for any bytes", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const decoded = fromB64(text);
        expect(decoded === null || toB64(decoded) === text).toBe(true);
      }),
    );
  });
});

test("concat keeps order and length", () => {
  expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
});

test("lp puts the length before the bytes", () => {
  expect(lp(Uint8Array.of(7, 8))).toEqual(Uint8Array.of(0, 0, 0, 2, 7, 8));
});

test.each([-1, 1.5, 2 ** 32, Number.NaN])("u32 refuses %d", (value) => {
  expect(() => u32(value)).toThrow(TypeError);
});

test("u32 is big-endian", () => {
  expect(u32(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4));
  expect(u32(0xffff_ffff)).toEqual(Uint8Array.of(255, 255, 255, 255));
});

test("equalBytes tells every single difference", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (value, at, flip) => {
        const other = Uint8Array.from(value);
        const index = at % other.length;
        other[index] = (other[index] ?? 0) ^ flip;
        expect(equalBytes(value, Uint8Array.from(value))).toBe(true);
        expect(equalBytes(value, other)).toBe(false);
        expect(equalBytes(value, value.subarray(1))).toBe(false);
      },
    ),
  );
});

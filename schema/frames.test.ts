import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toB64 } from "./bytes.ts";
import { AppError } from "./errors.ts";
import { encodeHeader, FRAMES, headerBytes, joinFrame, parseFrame, type FrameName, type Header } from "./frames.ts";
import { FRAME_BYTES } from "./limits.ts";
import type { Bytes } from "./platform.ts";

/** Header lengths and type bytes as the table of protocol section 6 states them. */
const TABLE: Record<FrameName, { type: number; hdr: number; signed: boolean }> = {
  EVT: { type: 0x10, hdr: 86, signed: true },
  DOC: { type: 0x11, hdr: 70, signed: true },
  KEYRING: { type: 0x12, hdr: 50, signed: false },
  BEACON: { type: 0x13, hdr: 54, signed: true },
  BLOB: { type: 0x14, hdr: 62, signed: false },
  CMD: { type: 0x20, hdr: 71, signed: false },
  RES: { type: 0x21, hdr: 51, signed: false },
  LIVE: { type: 0x22, hdr: 66, signed: true },
  SHARE: { type: 0x23, hdr: 42, signed: false },
  HOOK: { type: 0x30, hdr: 50, signed: false },
  PAIR1: { type: 0x40, hdr: 18, signed: false },
  PAIR2: { type: 0x41, hdr: 18, signed: false },
  PAIR3: { type: 0x42, hdr: 18, signed: false },
  PAIR4: { type: 0x43, hdr: 18, signed: false },
};
const NAMES = Object.keys(TABLE) as FrameName[];

const WIDTHS: Record<string, number> = { u8: 255, u32: 0xffff_ffff, u64: Number.MAX_SAFE_INTEGER };

/** Any header of a frame. */
function anyHeader(name: FrameName): fc.Arbitrary<Header<FrameName>> {
  const fields = Object.entries<string>(FRAMES[name].fields).map(([field, kind]) => {
    const max = WIDTHS[kind];
    const length = kind === "hash" ? 32 : 16;
    const value =
      max === undefined
        ? fc.uint8Array({ minLength: length, maxLength: length }).map(toB64)
        : fc.integer({ min: 0, max });
    return [field, value] as const;
  });
  return fc.record(Object.fromEntries(fields)) as fc.Arbitrary<Header<FrameName>>;
}

function bytesOf(name: FrameName, bodyLength = 16): Bytes {
  const [header] = fc.sample(anyHeader(name), { numRuns: 1, seed: 1 });
  if (header === undefined) throw new Error("no sample");
  return joinFrame(encodeHeader(name, header), new Uint8Array(bodyLength), new Uint8Array(TABLE[name].signed ? 64 : 0));
}

/** The code a frame is refused with; null when it is read. */
function codeOf(bytes: Bytes): string | null {
  try {
    parseFrame(bytes);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe.each(NAMES)("%s", (name) => {
  test("has the type, length and signature of the specification", () => {
    expect({ type: FRAMES[name].type, hdr: headerBytes(name), signed: FRAMES[name].signed }).toEqual(TABLE[name]);
  });

  test("keeps every field through bytes", () => {
    fc.assert(
      fc.property(anyHeader(name), fc.uint8Array({ maxLength: 300 }), (header, body) => {
        const sig = new Uint8Array(TABLE[name].signed ? 64 : 0).fill(9);
        const frame = parseFrame(joinFrame(encodeHeader(name, header), body, sig));
        expect(frame.name).toBe(name);
        expect(frame.header).toEqual(header);
        expect(frame.body).toEqual(new Uint8Array(body));
        expect(frame.sig).toEqual(sig);
      }),
      { numRuns: 50 },
    );
  });

  test("is refused at every length below its own", () => {
    const whole = bytesOf(name, 0);
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseFrame(whole.slice(0, length))).toThrow(expect.objectContaining({ code: "E_FRAME" }));
    }
  });
});

test("refuses every version but ours and every type not in the table", () => {
  const types = new Set(NAMES.map((name) => TABLE[name].type));
  for (let value = 0; value < 256; value++) {
    const version = bytesOf("CMD");
    version[0] = value;
    expect(codeOf(version)).toBe(value === 1 ? null : "E_FRAME");
    const type = new Uint8Array(400);
    type.set([1, value]);
    expect(codeOf(type)).toBe(types.has(value) ? null : "E_FRAME");
  }
});

test("refuses a frame over the limit before looking into it", () => {
  expect(() => parseFrame(new Uint8Array(FRAME_BYTES + 1))).toThrow(expect.objectContaining({ code: "E_SIZE" }));
});

test("refuses a number beyond 2^53-1 on the wire and in code", () => {
  const frame = bytesOf("CMD");
  frame.fill(0xff, 18 + 16 + 4, 18 + 16 + 4 + 8);
  expect(() => parseFrame(frame)).toThrow(expect.objectContaining({ code: "E_FRAME" }));
  const { header } = parseFrame(bytesOf("CMD"));
  expect(() => encodeHeader("CMD", { ...(header as Header<"CMD">), ctr: 2 ** 53 })).toThrow(TypeError);
  expect(() => encodeHeader("CMD", { ...(header as Header<"CMD">), g: -1 })).toThrow(TypeError);
  expect(() => encodeHeader("CMD", { ...(header as Header<"CMD">), class: 256 })).toThrow(TypeError);
});

test("never throws anything but E_FRAME or E_SIZE on random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      expect([null, "E_FRAME", "E_SIZE"]).toContain(codeOf(new Uint8Array(noise)));
    }),
    { numRuns: 2000 },
  );
});

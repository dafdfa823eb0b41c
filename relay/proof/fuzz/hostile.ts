// What somebody who means harm would send to any parser: nesting, huge numbers, names with a meaning, half characters,
// thousands of keys, lengths that lie, long runs of what a careless regular expression walks over again and again.
import type { Bytes } from "../../../schema/index.ts";
import { bytesOf } from "./target.ts";

const KIB = 1024;

/** JSON texts of values that a careless reader trips over. */
export const HOSTILE_VALUES: readonly string[] = [
  ...["null", "true", "0", "-0", "-1", "1e308", "1e999", "9007199254740991", "9007199254740992", "0.1", "5e-324"],
  ...['""', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"', '"\\u2028"', '"__proto__"', '"constructor"'],
  ...["[]", "{}", '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{}}}', '{"toString":1}', '{"then":1}'],
  ...['{"length":1e9}', "[[]]", "[null]", '[""]', '{"":0}', '"AAAAAAAAAAAAAAAAAAAAAA"', '"file://%"', '"%E0%A4%A"'],
  ...['"Invalid Date"', "1e21", "-1e21", "4294967296", "2147483648", "18446744073709551616"],
];

/** Keys that mean something to JavaScript. */
export const HOSTILE_KEYS: readonly string[] = [
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "toJSON", "then", "length", ""],
];

/** Pieces put into text anywhere. */
export const HOSTILE_PIECES: readonly string[] = [
  ...["\0", "\r", "\n", "\r\n", "\t", "\u001b[31m", "\u001b]52;c;aGk=\u0007", "\u001b]8;;http://x\u0007", "\u009b2J"],
  ...["\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\ufffd", "\u{e0041}", "\u{10ffff}", "e\u0301\u0301\u0301"],
  ...[
    "<script>",
    "<img src=x onerror=x>",
    "javascript:x",
    "[x](y)",
    "```",
    "~~~",
    "    ",
    "|a|b|\n|-|-|",
    "![](data:)",
  ],
  ...["\\", '"', "'", "`", "$(x)", "${x}", "%00", "%ff", "../", "//", "#", "?", "=", ";", "[", "]", "{", "}", ",", ":"],
  ...["null", "NaN", "1e999", "-0", "9007199254740993", "__proto__", "constructor", "\\ud800", "\\u0000"],
];

function nested(open: string, core: string, close: string, depth: number): string {
  return open.repeat(depth) + core + close.repeat(depth);
}

/** Small enough to be mutated often. */
export function hostileSmall(): readonly Bytes[] {
  const texts = [
    ...["", " ", "\n", "\0", "\ufeff{}", "{", "[", '"', '{"a":', "[1,", "nul", "-", "1e", "\\u", "\ud83d"],
    ...HOSTILE_VALUES,
    ...HOSTILE_PIECES,
    nested("[", "", "]", 300),
    nested('{"a":', "1", "}", 300),
    nested("> ", "x", "", 200),
  ];
  return [...texts.map(bytesOf), ...LYING_LENGTHS];
}

const LYING_LENGTHS: readonly Bytes[] = [
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1),
  Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1),
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(0, 0, 0, 1),
  Uint8Array.of(0, 4, 0, 0, 1, 2, 3),
  Uint8Array.of(1, 0x10),
  Uint8Array.of(1, 0xff),
  Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf8, 0x88, 0x80, 0x80, 0x80),
];

/** Runs that find quadratic time, over and over the same piece. */
const RUNS: readonly string[] = [
  ...[
    " ",
    "\n",
    "\t",
    "\0",
    "[",
    "{",
    "(",
    '"',
    "\\",
    "/",
    "\\\n",
    "[\n",
    "] ",
    "a",
    "aA0_",
    "/ ",
    "\r",
    "\u00e9",
    "\ud83d\ude00",
  ],
  ...[
    "[a",
    "[a]",
    '[a "',
    "> ",
    "- ",
    "* ",
    "_",
    "**",
    "`",
    "```\n",
    "~~~\n",
    "|",
    "|-",
    "<",
    "<a ",
    "&",
    "&amp",
    "![",
  ],
  ...[
    "[](",
    "[a]: b\n",
    "# ",
    "1. ",
    "%",
    "%2",
    "\u001b[",
    "\u001b]0;",
    "\u202e",
    "\u200b",
    "=",
    "a=",
    "a b ",
    "a:\n",
    "---\n",
  ],
  ...[
    "- a\n",
    "+a\n-b\n",
    "a\n",
    "resets 1",
    "hit your a-",
    "run ",
    " then ",
    "1,",
    '"a",',
    '{"a":1},',
    "[],",
    "[[1],",
  ],
];

/** Up to `maxBytes` each, made when asked for: together they would be hundreds of megabytes. */
export function hostileLarge(maxBytes: number): readonly (() => Bytes)[] {
  const fill = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece)));
  const size = Math.min(maxBytes, KIB * KIB);
  const texts: readonly (() => string)[] = [
    ...RUNS.flatMap((piece) => [() => fill(piece, Math.min(size, 64 * KIB)), () => fill(piece, size)]),
    () => nested("[", "", "]", Math.min(5_000, size >> 1)),
    () => nested("[", "", "]", size >> 1),
    () => nested('{"a":', "1", "}", size >> 3),
    () => nested('{"a":[', "", "]}", size >> 3),
    () => `{${Array.from({ length: Math.min(20_000, size >> 4) }, (_, at) => `"k${at}":${at}`).join(",")}}`,
    () => `[${"0,".repeat(size >> 1)}0]`,
    () => `[${'"",'.repeat(size >> 2)}0]`,
    () => `[${"{},".repeat(size >> 2)}{}]`,
    () => `{"a":"${"x".repeat(size)}"}`,
    () => `"${"\\ud800".repeat(size >> 3)}"`,
    () => "9".repeat(Math.min(size, 64 * KIB)),
  ];
  return texts.map((text) => () => bytesOf(text()).slice(0, maxBytes));
}

// One parser of untrusted bytes, as the fuzz sees it: what it is called, what it is fed with, how it is called.
import type { Bytes } from "../../../schema/index.ts";

/** A parser under test. */
export interface FuzzTarget {
  /** Short and unique; `--target` takes it. */
  readonly name: string;
  /** Which untrusted bytes these are, in words for the list of claims. */
  readonly claim: string;
  /** Nothing longer reaches this parser in the product (or, where the product admits more, what the fuzz tries): inputs are cut there. */
  readonly maxBytes: number;
  /** Honest inputs, which mutations start from. Hostile ones are added to every target's. */
  corpus(): readonly Bytes[];
  /** Words that mean something to this parser. */
  readonly tokens?: readonly string[];
  /** Feeds one input. Returns for what the parser takes or knows to be nothing; throws whatever the parser throws. */
  run(input: Bytes): void | Promise<void>;
}

/** A parser that takes text. */
export interface TextTarget {
  readonly name: string;
  readonly claim: string;
  readonly maxBytes: number;
  readonly corpus: () => readonly string[];
  readonly tokens?: readonly string[];
  readonly read: (text: string) => unknown;
}

/** The text's parser as a parser of bytes: invalid UTF-8 becomes U+FFFD, as it does on every edge that decodes. */
export function textTarget({ corpus, read, ...rest }: TextTarget): FuzzTarget {
  return {
    ...rest,
    corpus: () => corpus().map(bytesOf),
    run: (input) => {
      const answer = read(textOf(input));
      return answer instanceof Promise ? answer.then(() => undefined) : undefined;
    },
  };
}

/** The text with escapes such as \ud800 as the units they name: half characters reach no parser of ours otherwise. */
export function unescaped(text: string): string {
  return text.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** UTF-8 over a buffer of its own. */
export function bytesOf(text: string): Bytes {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** Text of bytes, without ever failing. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

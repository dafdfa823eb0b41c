import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { devices, keys } from "../../gallery/sample-machine.ts";
import { clock, deviceOf } from "../../gallery/sample-sessions.ts";
import type { KeysDoc } from "../../live/model-schema.ts";
import { RefusedNotice } from "../notices/notices.tsx";
import { deviceKeysWords, keyEventEntries, restoredWords } from "./keys-words.ts";
import { KeysList } from "./keys-list.tsx";

const text = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .replaceAll("&#x27;", "'")
    .trim();
const shown = (doc: KeysDoc): string =>
  text(renderToStaticMarkup(<KeysList keys={doc} devices={devices} clock={clock} />));

test("says how old the keys are and when they change next", () => {
  expect(shown(keys)).toContain("For everyone number 9, 2 h old");
  expect(shown(keys)).toMatch(/Next change [A-Z]?[a-z0-9 ]+ \d\d:\d\d|Next change \d+ \w+/u);
  expect(shown({ ...keys, next: clock.now - 1 })).toContain("Next change when the machine is next up");
});

test("what happened last month says the day, not an hour alone", () => {
  const at = clock.now - 30 * 86_400_000;
  expect(shown({ ...keys, events: [{ at, what: "rotated", epoch: 4 }] })).toContain("21 Oct 12:04 The machine changed");
});

test("each device's own keys are told with what is to be done about them", () => {
  const [good, due, held] = deviceKeysWords(keys, devices, clock);
  expect(good).toMatchObject({ name: "Chrome on Android", words: expect.stringContaining("number 3"), next: null });
  expect(due).toMatchObject({ name: "Pixel 9", words: expect.stringContaining("new keys"), next: null });
  expect(held).toMatchObject({ name: "Firefox on air", words: expect.stringContaining("held") });
  expect(held?.next).toContain("`npm run kelpie devices confirm ");
});

test("a restore says why, what came back, and who has yet to change keys", () => {
  const words = restoredWords(keys, clock);
  expect(words).toMatch(/set back to an older one/u);
  expect(words).toContain("214 records came back");
  expect(words).toContain("1 device is held until confirmed at the machine.");
  expect(words).toContain("1 device is yet to get new keys.");
  const moved: KeysDoc = { ...keys, restored: { at: clock.now, why: "moved", records: 0 }, devices: [] };
  expect(restoredWords(moved, clock)).toMatch(/copied or moved .*; nothing was lost\.$/u);
  const { restored: _, ...never } = keys;
  expect(restoredWords(never, clock)).toBeNull();
});

test("what happened is told newest first, in words for every kind", () => {
  const kinds = ["rotated", "rekeyed", "revoked", "restored", "held", "confirmed"] as const;
  const entries = keyEventEntries(kinds.map((what, at) => ({ at, what, name: "Pixel 9" })));
  expect(entries.map(({ at }) => at)).toEqual([5, 4, 3, 2, 1, 0]);
  expect(new Set(entries.map(({ what }) => what)).size).toBe(kinds.length);
});

test("a device with newer keys than its machine is told what may have happened and where it is paired again", () => {
  const notice = renderToStaticMarkup(
    <RefusedNotice
      refused="outdated"
      machineName="studio"
      thisDevice={deviceOf(1)}
      onPair={() => undefined}
      onAsk={() => undefined}
    />,
  );
  expect(text(notice)).toContain("studio has older keys than this device.");
  expect(text(notice)).toContain("kelpie pair");
  expect(text(notice)).toContain("Pair again");
});

test("a held device is told what happened, where it is confirmed and that nothing is sent until then", () => {
  const notice = renderToStaticMarkup(
    <RefusedNotice
      refused="held"
      machineName="studio"
      thisDevice={deviceOf(1)}
      onPair={() => undefined}
      onAsk={() => undefined}
    />,
  );
  expect(text(notice)).toContain("studio went on from an older copy of its state.");
  // The command wants a device: without one it is refused.
  expect(text(notice)).toContain(`kelpie devices confirm ${deviceOf(1).slice(0, 8)}`);
  expect(text(notice)).toContain("Ask again");
});

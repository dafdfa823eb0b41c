import { expect, test } from "vitest";
import { createPairLink, takePairLink } from "./pair-link.ts";

function address(pathname: string, hash: string): Parameters<typeof takePairLink>[0] & { readonly shown: string[] } {
  const shown: string[] = [];
  return {
    shown,
    location: { origin: "https://k.example", pathname, hash },
    history: { replaceState: (_state, _title, url) => void shown.push(String(url)) },
  };
}

test("takes the secret out of the address", () => {
  const window = address("/pair", "#1.secret.machine");
  expect(takePairLink(window)).toBe("https://k.example/pair#1.secret.machine");
  expect(window.shown).toEqual(["/pair"]);
});

test.each([
  ["/pair", ""],
  ["/pair", "#"],
  ["/", "#1.secret.machine"],
])("leaves %s%s alone", (pathname, hash) => {
  const window = address(pathname, hash);
  expect(takePairLink(window)).toBeNull();
  expect(window.shown).toEqual([]);
});

test("holds one link until it is forgotten, and says so", () => {
  const link = createPairLink(null);
  const told: (string | null)[] = [];
  const stop = link.subscribe(() => told.push(link.get()));
  link.hold("a");
  link.forget();
  stop();
  link.hold("b");
  expect(told).toEqual(["a", null]);
});

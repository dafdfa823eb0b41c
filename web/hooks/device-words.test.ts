import { expect, test } from "vitest";
import { deviceNameOf, deviceWordOf, isIos } from "./device-words.ts";

const AGENTS = [
  [
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
    5,
    "Chrome on Android",
    "phone",
    false,
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1 Version/26.1 Mobile/15E148 Safari/604.1",
    5,
    "Safari on iPhone",
    "phone",
    true,
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/26.1 Safari/605.1",
    5,
    "Safari on iPad",
    "device",
    true,
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/26.1 Safari/605.1",
    0,
    "Safari on Mac",
    "computer",
    false,
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", 0, "Firefox on Linux", "computer", false],
  [
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
    0,
    "Edge on Windows",
    "computer",
    false,
  ],
  ["curl/8", 0, "Browser on another system", "computer", false],
] as const;

test.each(AGENTS)("%s with %i touch points is %s", (userAgent, touchPoints, name, word, ios) => {
  const facts = { userAgent, touchPoints };
  expect([deviceNameOf(facts), deviceWordOf(facts), isIos(facts)]).toEqual([name, word, ios]);
});

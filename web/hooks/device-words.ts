import type { DeviceWord } from "../ui/delivery-words.ts";

/** What this device is, as far as its browser says. */
export interface DeviceFacts {
  readonly userAgent: string;
  readonly touchPoints: number;
}

const BROWSERS = [
  [/Edg(?:A|iOS)?\//u, "Edge"],
  [/(?:Firefox|FxiOS)\//u, "Firefox"],
  [/SamsungBrowser\//u, "Samsung Internet"],
  [/(?:Chrome|CriOS)\//u, "Chrome"],
  [/Safari\//u, "Safari"],
] as const;

/** "Chrome on Android": the name this device has until somebody renames it. */
export function deviceNameOf(facts: DeviceFacts): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(facts.userAgent))?.[1] ?? "Browser";
  return `${browser} on ${systemOf(facts)}`;
}

/** "on this phone", "on this computer". */
export function deviceWordOf(facts: DeviceFacts): DeviceWord {
  const system = systemOf(facts);
  if (system === "iPad") return "device";
  return system === "iPhone" || system === "Android" ? "phone" : "computer";
}

/** Installed apps have a storage of their own here, so installing comes before pairing. */
export function isIos(facts: DeviceFacts): boolean {
  const system = systemOf(facts);
  return system === "iPhone" || system === "iPad";
}

function systemOf({ userAgent, touchPoints }: DeviceFacts): string {
  if (/iPhone|iPod/u.test(userAgent)) return "iPhone";
  // An iPad calls itself a Mac; no Mac has a touch screen.
  if (/iPad/u.test(userAgent) || (/Macintosh/u.test(userAgent) && touchPoints > 1)) return "iPad";
  if (/Android/u.test(userAgent)) return "Android";
  if (/CrOS/u.test(userAgent)) return "ChromeOS";
  if (/Macintosh/u.test(userAgent)) return "Mac";
  if (/Windows/u.test(userAgent)) return "Windows";
  return /Linux/u.test(userAgent) ? "Linux" : "another system";
}

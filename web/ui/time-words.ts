// Times as people say them: "41 s", "3 min", then the clock, then the day. The present is an argument.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `zone` is an IANA name; the device's own when absent. */
export interface Clock {
  readonly now: number;
  readonly zone?: string | undefined;
}

/** How long ago, or when: "now", "41 s", "3 min", "12:04", "yesterday", "Mon", "2 Nov", "2 Nov 2025". Epoch ms. */
export function timeWords(at: number, { now, zone }: Clock): string {
  const agoMs = now - at;
  if (agoMs < SECOND_MS) return "now";
  if (agoMs < MINUTE_MS) return `${Math.floor(agoMs / SECOND_MS)} s`;
  if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min`;
  const daysAgo = dayNumber(now, zone) - dayNumber(at, zone);
  if (daysAgo <= 0) return clockWords(at, zone);
  return dayWords(at, { now, zone });
}

/** A moment that is not close: "12:04" today, "yesterday 22:14", "Mon 09:00", "2 Nov". Epoch ms. */
export function momentWords(at: number, { now, zone }: Clock): string {
  const daysAgo = dayNumber(now, zone) - dayNumber(at, zone);
  if (daysAgo === 0) return clockWords(at, zone);
  if (daysAgo < 0)
    return daysAgo === -1
      ? `tomorrow ${clockWords(at, zone)}`
      : `${dayWords(at, { now, zone })} ${clockWords(at, zone)}`;
  return daysAgo < 7 ? `${dayWords(at, { now, zone })} ${clockWords(at, zone)}` : dayWords(at, { now, zone });
}

/** A moment in a history, always whole: "12:04" today, "24 Nov 12:04", "24 Nov 2025 12:04". Epoch ms. */
export function stampWords(at: number, { now, zone }: Clock): string {
  if (dayNumber(now, zone) === dayNumber(at, zone)) return clockWords(at, zone);
  return `${dateWords(at, { now, zone })} ${clockWords(at, zone)}`;
}

/** "12:04", 24 hours. Epoch ms. */
export function clockWords(at: number, zone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);
}

/** "1:06:40" or "4:12" left until `until`, never below zero. Epoch ms. */
export function countdownWords(until: number, now: number): string {
  const left = Math.max(0, Math.ceil((until - now) / SECOND_MS));
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  const seconds = String(left % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${String(minutes).padStart(2, "0")}:${seconds}`;
}

/** The same for a screen reader: "1 hour 6 minutes". */
export function leftWords(until: number, now: number): string {
  const left = Math.max(0, Math.ceil((until - now) / MINUTE_MS));
  const hours = Math.floor(left / 60);
  const minutes = left % 60;
  const parts = [
    hours > 0 ? `${hours} ${hours === 1 ? "hour" : "hours"}` : "",
    `${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** A length of time in its two largest units: "9 s", "1 min 48 s", "6 d 4 h". */
export function durationWords(durationMs: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["d", DAY_MS],
    ["h", HOUR_MS],
    ["min", MINUTE_MS],
    ["s", SECOND_MS],
  ];
  const first = units.findIndex(([, unitMs]) => durationMs >= unitMs);
  if (first === -1) return "0 s";
  let restMs = durationMs;
  const words: string[] = [];
  for (const [name, unitMs] of units.slice(first, first + 2)) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) words.push(`${count} ${name}`);
  }
  return words.join(" ");
}

function dayWords(at: number, { now, zone }: Clock): string {
  const daysAgo = dayNumber(now, zone) - dayNumber(at, zone);
  if (daysAgo === 1) return "yesterday";
  if (daysAgo > 1 && daysAgo < 7)
    return new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: zone }).format(at);
  return dateWords(at, { now, zone });
}

function dateWords(at: number, { now, zone }: Clock): string {
  const isSameYear = yearOf(at, zone) === yearOf(now, zone);
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    timeZone: zone,
    ...(isSameYear ? {} : { year: "numeric" }),
  }).format(at);
}

// Days since the epoch by the calendar of the zone, so that "yesterday" begins at midnight and not 24 hours ago.
function dayNumber(at: number, zone: string | undefined): number {
  const parts = new Intl.DateTimeFormat("en-CA", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    timeZone: zone,
  }).format(at);
  return Math.round(Date.parse(`${parts}T00:00:00Z`) / DAY_MS);
}

function yearOf(at: number, zone: string | undefined): string {
  return new Intl.DateTimeFormat("en-GB", { year: "numeric", timeZone: zone }).format(at);
}

// When a usage limit ends, as far as claude says. Best effort: three forms are known. The rate_limit_event's `resetsAt` is
// read by the translator; two texts are read here: a time of day (2.1.329) and an epoch after a bar (older versions).
// Anything else has no known end.

const EPOCH = /\|(\d{10})\b/;
const CLOCK =
  /\bresets?\s+(?:at\s+)?(\d{1,2})(?::(\d{2}))?\s*(am|pm)\b(?:\s*\(([A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)*)\))?/i;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** True for the vendor's words about a used-up allowance (and not for an ordinary overload). */
export function saysUsageLimit(text: string): boolean {
  return /\bhit your (?:[\w-]+ ){0,3}limit\b|\busage limit\b|\blimit reached\b/i.test(text);
}

/** Epoch ms, or undefined when the text does not say. A clock time is its next occurrence after `now` (epoch ms). */
export function readLimitEnd(text: string, now: number): number | undefined {
  const epoch = EPOCH.exec(text)?.[1];
  if (epoch !== undefined) return Number(epoch) * 1000;
  const [, hours, minutes, half, zone] = CLOCK.exec(text) ?? [];
  if (hours === undefined || half === undefined) return undefined;
  const wanted = ((Number(hours) % 12) + (half.toLowerCase() === "pm" ? 12 : 0)) * 60 + Number(minutes ?? 0);
  const current = minuteOfDay(now, zone);
  if (current === undefined) return undefined;
  const ahead = (wanted - current + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  return Math.floor(now / MINUTE_MS) * MINUTE_MS + ahead * MINUTE_MS;
}

/** Minutes since midnight in `zone` (default: this machine's, as claude prints it). Undefined for an unknown zone. */
function minuteOfDay(now: number, zone: string | undefined): number | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
    const [hour, minute] = format.format(now).split(":").map(Number);
    return hour === undefined || minute === undefined ? undefined : hour * 60 + minute;
  } catch (error) {
    // A zone this machine has no data for: the end stays unknown.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

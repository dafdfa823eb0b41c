// The only file of the Worker that reads the clock; everything else is handed `now`.

/** Unix milliseconds. In the Workers runtime it stands still between events, which no rule here minds. */
export function now(): number {
  return Date.now();
}

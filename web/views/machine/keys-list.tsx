import type { ReactNode } from "react";
import type { KeysDoc } from "../../live/model-schema.ts";
import type { DeviceRow } from "../../live/model.ts";
import { Ticked } from "../../ui/ticked.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { durationWords, momentWords } from "../../ui/time-words.ts";
import { EventList } from "./event-list.tsx";
import { deviceKeysWords, keyEventEntries, restoredWords } from "./keys-words.ts";

interface KeysListProps {
  readonly keys: KeysDoc;
  readonly devices: readonly DeviceRow[];
  readonly clock: Clock;
}

/** The keys that everything here is sealed with: how old they are, who holds which, and what happened to them. */
export function KeysList({ keys, devices, clock }: KeysListProps): ReactNode {
  const restored = restoredWords(keys, clock);
  return (
    <>
      {restored === null ? null : (
        <p className="usage-line" data-tone="wait" role="note">
          {restored}
        </p>
      )}
      <p className="usage-line">
        All that goes between this machine and its devices is sealed with these keys. They change by themselves.
      </p>
      <dl className="group facts-grid">
        <div>
          <dt>For everyone</dt>
          <dd>
            number {keys.epoch}, {durationWords(Math.max(0, clock.now - keys.since))} old
          </dd>
        </div>
        <div>
          <dt>Next change</dt>
          <dd>{keys.next <= clock.now ? "when the machine is next up" : momentWords(keys.next, clock)}</dd>
        </div>
        {deviceKeysWords(keys, devices, clock).map(({ key, name, words, next, isHeld }) => (
          <div key={key} data-wide="">
            <dt>{name}</dt>
            <dd>
              {isHeld ? <span data-tone="wait">{words}</span> : words}
              {next === null ? null : (
                <span className="quiet">
                  . <Ticked text={next} />
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {keys.events.length === 0 ? null : <EventList entries={keyEventEntries(keys.events)} clock={clock} />}
    </>
  );
}

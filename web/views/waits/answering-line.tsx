import type { ReactNode } from "react";
import type { WaitView } from "../../live/model.ts";
import { DeliveryMark } from "../../ui/delivery-mark.tsx";
import type { DeviceWord } from "../../ui/delivery-words.ts";
import type { Clock } from "../../ui/time-words.ts";

interface AnsweringLineProps {
  readonly answering: NonNullable<WaitView["answering"]>;
  readonly clock: Clock;
  readonly device: DeviceWord;
  readonly onRetry?: (() => void) | undefined;
  readonly onDismiss?: (() => void) | undefined;
}

/** Where this device's own answer is. It stands in place of the buttons: an answer is given once. */
export function AnsweringLine({ answering, clock, device, onRetry, onDismiss }: AnsweringLineProps): ReactNode {
  const isStuck = answering.delivery === "refused" || answering.delivery === "unknown";
  return (
    <div data-delivery={answering.delivery} role="status">
      <p className="foot">Your answer is on its way.</p>
      <DeliveryMark delivery={answering.delivery} facts={{ device, clock }}>
        {isStuck && onRetry !== undefined ? (
          <button type="button" onClick={onRetry}>
            Send again
          </button>
        ) : null}
        {isStuck && onDismiss !== undefined ? (
          <button type="button" onClick={onDismiss}>
            Dismiss
          </button>
        ) : null}
      </DeliveryMark>
    </div>
  );
}

import { Check } from "lucide-react";
import type { ReactNode } from "react";
import type { Delivery, DeviceWord } from "./delivery-words.ts";
import { deliveryWords } from "./delivery-words.ts";
import type { Clock } from "./time-words.ts";

interface DeliveryMarkProps {
  readonly delivery: Delivery;
  readonly device: DeviceWord;
  readonly clock: Clock;
  /** Buttons that belong to this state: edit and withdraw while queued, retry and dismiss once refused. */
  readonly children?: ReactNode;
}

/** Four dashes on the way, a tick at rest, and the words. Stands inside the element that carries `data-delivery`. */
export function DeliveryMark({ delivery, device, clock, children }: DeliveryMarkProps): ReactNode {
  return (
    <p className="delivery">
      {delivery.at === "agent" ? (
        <Check className="icon" aria-hidden />
      ) : (
        <span className="dashes" aria-hidden>
          <i />
          <i />
          <i />
          <i />
        </span>
      )}
      <span>{deliveryWords(delivery, device, clock)}</span>
      {children}
    </p>
  );
}

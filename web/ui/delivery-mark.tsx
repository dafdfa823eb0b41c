import { Check } from "lucide-react";
import type { ReactNode } from "react";
import type { Delivery } from "../live/model.ts";
import type { DeliveryFacts } from "./delivery-words.ts";
import { deliveryWords } from "./delivery-words.ts";

interface DeliveryMarkProps {
  readonly delivery: Delivery;
  readonly facts: DeliveryFacts;
  /** Buttons that belong to this state: edit and withdraw while queued, retry and dismiss once refused. */
  readonly children?: ReactNode;
}

/** Four dashes on the way, a tick at rest, and the words. Stands inside the element that carries `data-delivery`. */
export function DeliveryMark({ delivery, facts, children }: DeliveryMarkProps): ReactNode {
  return (
    <p className="delivery">
      {delivery === "agent" ? (
        <Check className="icon" aria-hidden />
      ) : (
        <span className="dashes" aria-hidden>
          <i />
          <i />
          <i />
          <i />
        </span>
      )}
      <span>{deliveryWords(delivery, facts)}</span>
      {children}
    </p>
  );
}

import { useState } from "react";
import type { ReactNode } from "react";
import type { TimelineEntry } from "../../live/model.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { DeliveryMark } from "../../ui/delivery-mark.tsx";
import type { DeviceWord } from "../../ui/delivery-words.ts";
import { TextArea } from "../../ui/field.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import type { Clock } from "../../ui/time-words.ts";
import type { TimelineActions } from "./entry-view.tsx";

interface UserBubbleProps {
  readonly entry: Extract<TimelineEntry, { kind: "user" }>;
  readonly clock: Clock;
  readonly device: DeviceWord;
  readonly machineName: string;
  readonly isMachineAway: boolean;
  readonly actions: TimelineActions;
}

/** What a person said, with where it is. `data-delivery` holds the bubble, the words and the buttons. */
export function UserBubble({ entry, clock, device, machineName, isMachineAway, actions }: UserBubbleProps): ReactNode {
  const [isEditing, setIsEditing] = useState(false);
  const text = textOf(entry);
  const { command, delivery } = entry;
  const isStuck = delivery === "refused" || delivery === "unknown";
  return (
    <div className="said" data-delivery={delivery}>
      <div className="bubble">{text}</div>
      {entry.by === null ? null : <p className="sr">from {entry.by}</p>}
      <DeliveryMark
        delivery={delivery}
        facts={{
          device,
          clock,
          machine: machineName,
          isMachineAway,
          ahead: entry.ahead,
          refusal: entry.refusal,
          readAt: delivery === "agent" ? entry.at : undefined,
        }}
      >
        {command !== null && entry.queued && !isStuck ? (
          <>
            <button type="button" onClick={() => setIsEditing(true)}>
              Edit
            </button>
            <button type="button" onClick={() => actions.onWithdraw(command)}>
              Withdraw
            </button>
          </>
        ) : null}
        {command !== null && isStuck ? (
          <>
            <button type="button" onClick={() => actions.onRetry(command)}>
              Send again
            </button>
            <button type="button" onClick={() => actions.onDismiss(command)}>
              Dismiss
            </button>
          </>
        ) : null}
      </DeliveryMark>
      {isEditing && command !== null ? (
        <EditSheet
          text={text}
          onClose={() => setIsEditing(false)}
          onSave={(next) => {
            setIsEditing(false);
            actions.onEdit(command, next);
          }}
        />
      ) : null}
    </div>
  );
}

function EditSheet({
  text,
  onClose,
  onSave,
}: {
  text: string;
  onClose: () => void;
  onSave: (text: string) => void;
}): ReactNode {
  const [draft, setDraft] = useState(text);
  return (
    <Sheet title="Edit the queued message" onClose={onClose}>
      <TextArea label="Queued message" rows={3} value={draft} onChange={setDraft} />
      <p className="why">It changes only if the agent has not read it yet.</p>
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="filled" isDisabled={draft.trim() === ""} onPress={() => onSave(draft)}>
          Save
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

function textOf({ blocks }: UserBubbleProps["entry"]): string {
  return blocks.map((block) => block.text ?? `[${block.type}]`).join("\n");
}

import { ArrowUp, ChevronDown, Square } from "lucide-react";
import { useId, useState } from "react";
import type { KeyboardEvent, ReactNode, RefObject } from "react";
import { TextArea } from "../../ui/field.tsx";
import { PickerSheet } from "./picker-sheet.tsx";

/** A thing to pick: its id and its name. */
export interface PickOption {
  readonly id: string;
  readonly name: string;
  readonly detail?: string | undefined;
}

/** A picker in the composer; without options it is not there. */
export interface Picker {
  readonly name: "Model" | "Mode";
  readonly options: readonly PickOption[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}

interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSend: () => void;
  /** Present while a turn runs. */
  readonly onStop?: (() => void) | undefined;
  /** Prompts that wait in the session's queue. */
  readonly queued: number;
  readonly placeholder?: string;
  readonly pickers: readonly Picker[];
  /** Why nothing can be written here, and what to do instead; takes the place of everything but Stop. */
  readonly hold?: ReactNode;
  /** `enter` sends on a keyboard with a Shift key; a phone's Enter makes a new line. */
  readonly enter: "sends" | "breaks";
  /** `start` has three lines and a button with a word on it. */
  readonly look?: "chat" | "start";
  readonly isBusy?: boolean;
  readonly inputRef?: RefObject<HTMLTextAreaElement | null>;
}

/** Where words go in: the textbox `Message`, the pickers, Stop while it runs, Send when there is something to send. */
export function Composer(props: ComposerProps): ReactNode {
  const { text, onText, onSend, onStop, queued, pickers, hold, enter, look = "chat", isBusy = false } = props;
  const canSend = text.trim() !== "" && !isBusy;
  const handleKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    if (enter === "sends" ? event.shiftKey : !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    if (canSend) onSend();
  };
  if (hold !== undefined && hold !== null) {
    return (
      <div className="composer">
        <div className="hold">{hold}</div>
        {onStop === undefined ? null : (
          <div className="tools">
            <span className="grow" />
            <Stop onStop={onStop} />
          </div>
        )}
      </div>
    );
  }
  return (
    <form
      className="composer"
      aria-label="Compose"
      data-tall={look === "start" ? "" : undefined}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      <TextArea
        label="Message"
        className=""
        rows={look === "start" ? 3 : 1}
        value={text}
        onChange={onText}
        enterKeyHint={enter === "sends" ? "send" : "enter"}
        placeholder={props.placeholder ?? "Message"}
        onKeyDown={handleKeyDown}
        {...(props.inputRef === undefined ? {} : { inputRef: props.inputRef })}
      />
      <div className="tools">
        {pickers.map((picker) => (
          <PickButton key={picker.name} picker={picker} />
        ))}
        <span className="grow" />
        {queued > 0 ? <span className="queue">{queued} queued</span> : null}
        <Go onStop={onStop} canSend={canSend} look={look} />
      </div>
    </form>
  );
}

interface GoProps {
  readonly onStop: (() => void) | undefined;
  readonly canSend: boolean;
  readonly look: "chat" | "start";
}

function Go({ onStop, canSend, look }: GoProps): ReactNode {
  return (
    <>
      {onStop === undefined ? null : <Stop onStop={onStop} />}
      {look === "start" ? (
        <button
          type="submit"
          className="go"
          data-go="send"
          data-word=""
          disabled={!canSend}
          aria-label="Send and start session"
        >
          Start
          <ArrowUp className="icon" aria-hidden />
        </button>
      ) : onStop !== undefined && !canSend ? null : (
        <button type="submit" className="go" data-go="send" disabled={!canSend} aria-label="Send">
          <ArrowUp className="icon" aria-hidden />
        </button>
      )}
    </>
  );
}

function Stop({ onStop }: { onStop: () => void }): ReactNode {
  return (
    <button type="button" className="go" data-go="stop" aria-label="Stop" onClick={onStop}>
      <Square className="icon" aria-hidden />
      Stop
    </button>
  );
}

function PickButton({ picker }: { picker: Picker }): ReactNode {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  if (picker.options.length === 0) return null;
  const chosen =
    picker.options.find((option) => option.id === picker.chosen)?.name ??
    picker.chosen ??
    `default ${picker.name.toLowerCase()}`;
  return (
    <>
      <button
        type="button"
        className="pick"
        aria-label={`${picker.name}: ${chosen}`}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        <span>{chosen}</span> <ChevronDown className="icon" aria-hidden />
      </button>
      {isOpen ? (
        <PickerSheet
          name={id}
          title={picker.name}
          options={picker.options}
          chosen={picker.chosen}
          onClose={() => setIsOpen(false)}
          onChoose={(next) => {
            setIsOpen(false);
            picker.onChoose(next);
          }}
        />
      ) : null}
    </>
  );
}

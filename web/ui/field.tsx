import { useId, useLayoutEffect, useRef } from "react";
import type { KeyboardEventHandler, ReactNode, RefObject } from "react";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isLabelHidden?: boolean;
  readonly placeholder?: string;
  readonly note?: string;
  /** Why the value is not accepted; shown in place of the note and announced. */
  readonly error?: string | undefined;
  /** `code` turns off autocorrection, capitals and spelling. */
  readonly content?: "words" | "code";
  readonly maxLength?: number;
  /** Takes the focus when it appears: it was asked for by a tap, and a phone's keyboard rises with it. */
  readonly isAwaited?: boolean;
}

/** One line of text, 16 px so that no phone zooms into it. */
export function TextField(props: TextFieldProps): ReactNode {
  const { label, value, onChange, isLabelHidden = false, placeholder, error, content = "words", maxLength } = props;
  const { isAwaited = false } = props;
  const id = useId();
  const note = error ?? props.note;
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (isAwaited) input.current?.focus();
  }, [isAwaited]);
  return (
    <>
      {isLabelHidden ? null : (
        <label className="lab" htmlFor={id}>
          {label}
        </label>
      )}
      <input
        ref={input}
        className="field"
        id={id}
        aria-label={isLabelHidden ? label : undefined}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        value={value}
        placeholder={placeholder}
        maxLength={maxLength}
        autoComplete="off"
        autoCorrect={content === "code" ? "off" : "on"}
        autoCapitalize={content === "code" ? "none" : "sentences"}
        spellCheck={content !== "code"}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {note === undefined ? null : (
        <p
          className="field-note"
          id={`${id}-note`}
          data-tone={error === undefined ? undefined : "fail"}
          role={error === undefined ? undefined : "alert"}
        >
          {note}
        </p>
      )}
    </>
  );
}

interface TextAreaProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly className?: string;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly form?: string;
  readonly isReadOnly?: boolean;
  readonly enterKeyHint?: "send" | "enter";
  readonly inputRef?: RefObject<HTMLTextAreaElement | null>;
  readonly onKeyDown?: KeyboardEventHandler<HTMLTextAreaElement>;
}

/** Several lines that grow with their text up to the style's max-height. */
export function TextArea(props: TextAreaProps): ReactNode {
  const { label, value, onChange, className = "field", placeholder, rows = 1, form, enterKeyHint = "enter" } = props;
  const own = useRef<HTMLTextAreaElement>(null);
  const area = props.inputRef ?? own;
  useLayoutEffect(() => {
    // Browsers that size fields by CSS need no script; the others are measured once per change.
    const element = area.current;
    if (element === null || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [area, value]);
  return (
    <textarea
      ref={area}
      className={className}
      aria-label={label}
      value={value}
      rows={rows}
      form={form}
      placeholder={placeholder}
      readOnly={props.isReadOnly ?? false}
      enterKeyHint={enterKeyHint}
      autoCapitalize="sentences"
      onKeyDown={props.onKeyDown}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

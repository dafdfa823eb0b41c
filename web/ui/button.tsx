import type { ReactNode } from "react";

/** `filled` at most once per pane; `soft` for every other yes; `outline` for the rest. */
export type ButtonKind = "filled" | "soft" | "outline" | "plain" | "danger";

interface ButtonProps {
  readonly children: ReactNode;
  readonly kind?: ButtonKind;
  readonly size?: "normal" | "small";
  readonly isWide?: boolean;
  readonly isDisabled?: boolean;
  readonly type?: "button" | "submit";
  /** The id of a form elsewhere on the page that a submit button belongs to. */
  readonly form?: string;
  /** Only when the visible words alone do not say what it acts on; it must begin with those words. */
  readonly label?: string;
  readonly onPress?: (() => void) | undefined;
}

/** A button with words on it, 44 px high or with a 44 px hit area. */
export function Button(props: ButtonProps): ReactNode {
  const { children, kind = "outline", size = "normal", isWide = false, isDisabled = false, type = "button" } = props;
  return (
    <button
      type={type}
      className="btn"
      data-kind={kind}
      data-size={size}
      data-wide={isWide ? "" : undefined}
      disabled={isDisabled}
      form={props.form}
      aria-label={props.label}
      onClick={props.onPress}
    >
      {children}
    </button>
  );
}

/** Buttons side by side, the yes at the right. */
export function ButtonRow({ children }: { children: ReactNode }): ReactNode {
  return <div className="btns">{children}</div>;
}

interface IconButtonProps {
  /** The accessible name; there is no visible one. */
  readonly label: string;
  readonly children: ReactNode;
  readonly isTight?: boolean;
  readonly hasMenu?: boolean;
  readonly onPress?: (() => void) | undefined;
}

/** A button that is only an icon; its name is its label. */
export function IconButton({ label, children, isTight = false, hasMenu = false, onPress }: IconButtonProps): ReactNode {
  return (
    <button
      type="button"
      className="icon-btn"
      data-tight={isTight ? "" : undefined}
      aria-label={label}
      aria-haspopup={hasMenu ? "dialog" : undefined}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

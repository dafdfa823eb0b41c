import type { ReactNode } from "react";

/** One line to choose; `value` is what comes back. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly isMono?: boolean;
  readonly isDisabled?: boolean;
}

interface ChoicesProps {
  /** Groups the inputs; unique on the page. */
  readonly name: string;
  readonly legend: ReactNode;
  readonly isLegendHidden?: boolean;
  readonly mode: "one" | "several";
  readonly choices: readonly Choice[];
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

/** Radio or checkbox rows, each 44 px. Several keeps the order of `choices`, whatever the order of taps. */
export function Choices(props: ChoicesProps): ReactNode {
  const { name, legend, isLegendHidden = false, mode, choices, chosen, onChoose } = props;
  const handleToggle = (value: string): void => {
    if (mode === "one") return onChoose([value]);
    onChoose(
      choices
        .map((choice) => choice.value)
        .filter((each) => (each === value ? !chosen.includes(each) : chosen.includes(each))),
    );
  };
  return (
    // A wait is the one group named by its question; its radios are a group of another kind.
    <fieldset role={mode === "one" ? "radiogroup" : undefined}>
      <legend className={isLegendHidden ? "sr" : "ask"}>{legend}</legend>
      <div className="choices">
        {choices.map((choice) => (
          <label className="choice" key={choice.value}>
            <input
              type={mode === "one" ? "radio" : "checkbox"}
              name={name}
              checked={chosen.includes(choice.value)}
              disabled={choice.isDisabled ?? false}
              onChange={() => handleToggle(choice.value)}
            />
            <span>
              <span className="t" data-mono={choice.isMono === true ? "" : undefined}>
                {choice.label}
              </span>
              {choice.detail === undefined ? null : <span className="m">{choice.detail}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly detail?: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** One yes or no that takes effect at once. */
export function Switch({ label, detail, isOn, onChange }: SwitchProps): ReactNode {
  return (
    <label className="choice" data-switch="">
      <input type="checkbox" role="switch" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        <span className="t">{label}</span>
        {detail === undefined ? null : <span className="m">{detail}</span>}
      </span>
    </label>
  );
}

interface SegmentedProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { value: string; label: string; isDisabled?: boolean }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Two to four exclusive words in one line. */
export function Segmented({ name, label, options, value, onChange }: SegmentedProps): ReactNode {
  return (
    <fieldset className="seg" aria-label={label}>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            disabled={option.isDisabled ?? false}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

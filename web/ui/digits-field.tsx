import type { ReactNode } from "react";

interface DigitsFieldProps {
  readonly label: string;
  /** Zero to six digits. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string | undefined;
}

/** Six digits in one field, so that pasting, autofill and a screen reader treat them as one number. */
export function DigitsField({ label, value, onChange, error }: DigitsFieldProps): ReactNode {
  return (
    <>
      <input
        className="field digits-field"
        aria-label={label}
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="[0-9]*"
        placeholder="000000"
        aria-invalid={error === undefined ? undefined : true}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value.replaceAll(/\D/gu, "").slice(0, 6))}
      />
      {error === undefined ? null : (
        <p className="field-note" data-tone="fail" role="alert">
          {error}
        </p>
      )}
    </>
  );
}

/** Six digits to be read out, three and three. */
export function DigitsShown({ code, label }: { code: string; label: string }): ReactNode {
  return (
    <div className="otp" role="img" aria-label={`${label} ${[...code].join(" ")}`}>
      {[...code].map((digit, index) => (
        <Digit key={index} digit={digit} hasGap={index === 3} />
      ))}
    </div>
  );
}

function Digit({ digit, hasGap }: { digit: string; hasGap: boolean }): ReactNode {
  return (
    <>
      {hasGap ? <i aria-hidden /> : null}
      <b aria-hidden>{digit}</b>
    </>
  );
}

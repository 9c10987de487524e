/** Label above, hint below; an error takes the hint's place and says how to mend it. */
import { useId, type ReactNode } from "react";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children: (own: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean; status: "error" | "" }) => ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const said = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": said ? `${id}h` : undefined, "aria-invalid": error !== undefined, status: error ? "error" : "" })}
      {said && (
        <p id={`${id}h`} className={error ? "error" : "hint"}>
          {said}
        </p>
      )}
    </div>
  );
}

interface ChecksProps {
  legend: string;
  options: { code: string; label: string }[];
  chosen: string[];
  most: number;
  onChange(chosen: string[]): void;
}

/** One to `most` of some; beyond them the rest is shut. */
export function Checks({ legend, options, chosen, most, onChange }: ChecksProps) {
  const toggle = (code: string) =>
    onChange(chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code]);
  return (
    <fieldset className="checks">
      <legend>{legend}</legend>
      {options.map((one) => (
        <label key={one.code}>
          <input
            type="checkbox"
            checked={chosen.includes(one.code)}
            disabled={!chosen.includes(one.code) && chosen.length >= most}
            onChange={() => toggle(one.code)}
          />
          {one.label}
        </label>
      ))}
    </fieldset>
  );
}

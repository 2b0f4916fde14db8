import type { JSX } from "preact";

/** A number as a bar, against the largest of its kind. */
export function Meter({
  value,
  most,
  kind = "",
}: {
  readonly value: number;
  readonly most: number;
  readonly kind?: "before" | "after" | "";
}): JSX.Element {
  return (
    <i class={`meter ${kind}`} aria-hidden="true">
      {value > 0 && most > 0 && <i style={{ width: `${(100 * value) / most}%` }} />}
    </i>
  );
}

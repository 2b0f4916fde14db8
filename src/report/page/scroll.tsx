import type { ComponentChildren, JSX, RefObject } from "preact";

/** A window onto something wider or longer than it, which keys can scroll too. */
export function Scroll({
  label,
  box,
  height,
  kind = "scroll",
  onScroll,
  children,
}: {
  readonly label: string;
  readonly box?: RefObject<HTMLElement>;
  /** Pixels at most. */
  readonly height?: number;
  readonly kind?: "scroll" | "graph";
  readonly onScroll?: (top: number) => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section
      {...(box && { ref: box })}
      class={kind}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys (WCAG 2.1.1)
      tabIndex={0}
      {...(height !== undefined && { style: { maxHeight: `${height}px` } })}
      onScroll={(event) => onScroll?.(event.currentTarget.scrollTop)}
    >
      {children}
    </section>
  );
}

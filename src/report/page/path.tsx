import type { JSX } from "preact";

/** A path in a place that may be too narrow: the folder is cut first. What is written from right to left stays in it. */
export function Path({ path }: { readonly path: string }): JSX.Element {
  const at = path.lastIndexOf("/") + 1;
  return (
    <bdi class="path" title={path}>
      <span>{path.slice(0, at)}</span>
      <b>{path.slice(at)}</b>
    </bdi>
  );
}

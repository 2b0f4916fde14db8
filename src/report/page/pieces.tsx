import type { JSX } from "preact";
import { bytes, share } from "./model/format.ts";
import type { Piece } from "./model/pieces.ts";

/** Parts of a whole as one bar; the words for it stand beside it. */
export function Stack({
  pieces,
  percent = 100,
}: {
  readonly pieces: readonly Piece[];
  readonly percent?: number;
}): JSX.Element {
  return (
    <div class="stack" aria-hidden="true" style={{ width: `${percent}%` }}>
      {pieces.map(({ name, size, hue }) => (
        <i key={name} class={hueClass(hue)} style={{ flexGrow: size }} />
      ))}
    </div>
  );
}

/** What the colours of bars mean. */
export function Legend({
  pieces,
  whole,
}: {
  readonly pieces: readonly Piece[];
  readonly whole?: number;
}): JSX.Element {
  return (
    <ul class="legend">
      {pieces.map(({ name, size, hue }) => (
        <li key={name}>
          <i class={hueClass(hue)} aria-hidden="true" />
          <b>{name}</b>
          {whole !== undefined && (
            <>
              {bytes(size)} <span>{share(size, whole)}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function hueClass(hue: number | undefined): string {
  return hue === undefined ? "rest" : `hue${hue % 8}`;
}

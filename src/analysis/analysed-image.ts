import type { Entry, LayerIndex } from "../tree/index.ts";

/** A layer that is lent to whoever looks into it. */
export interface LayerContent {
  /** What the store calls it. */
  readonly id: string;
  readonly index: LayerIndex;
  /** As many bytes of a file as there are of those asked for, at once. */
  read(entry: Entry, start: number, length: number): Uint8Array;
  /** Bytes of the compressed form, when there is one. */
  readonly compressed?: number;
}

import type { Descriptor, Platform, Reference } from "../oci/index.ts";
import type { Layer } from "./layer.ts";

/** An image: raw bytes are the truth, all else is a function over them. */
export interface Image {
  rawManifest(): Promise<Uint8Array>;
  rawConfig(): Promise<Uint8Array>;
  layers(): Promise<readonly Layer[]>;
}

/** Where images come from. `resolve-image` when it has none of that name. */
export interface ImageSource {
  open(ref: Reference, platform: Platform, signal: AbortSignal): Promise<Image>;
}

/** Where images go to. */
export interface ImageSink {
  write(image: Image, ref: Reference, signal: AbortSignal): Promise<Descriptor>;
}

import { assertNever } from "../base/index.ts";
import { cycloneDx } from "./cyclonedx.ts";
import { spdx } from "./spdx.ts";
import type { SbomDocument } from "./types.ts";

/** The forms that a document can have: CycloneDX 1.6 and SPDX 2.3, both as JSON. */
export type SbomFormat = "cyclonedx" | "spdx";

/** What a document is called elsewhere. */
export interface SbomWords {
  readonly mediaType: string;
  /** What its file's name ends with, without the dot. */
  readonly extension: string;
}

export function sbomWords(format: SbomFormat): SbomWords {
  return format === "cyclonedx"
    ? { mediaType: "application/vnd.cyclonedx+json", extension: "cdx.json" }
    : { mediaType: "application/spdx+json", extension: "spdx.json" };
}

/** A document's bytes; the same document always gives the same. */
export function writeSbom(document: SbomDocument, format: SbomFormat): Uint8Array {
  switch (format) {
    case "cyclonedx":
      return cycloneDx(document);
    case "spdx":
      return spdx(document);
    default:
      return assertNever(format);
  }
}

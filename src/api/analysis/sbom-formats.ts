import type { SbomFormat } from "../../sbom/index.ts";

/** All forms that a document can have; here, because naming them must not load what writes them. */
export const SBOM_FORMATS: readonly SbomFormat[] = ["cyclonedx", "spdx"];

import { hexOf, sha256 } from "../base/index.ts";

/** An element as it stands in the document; properties without a value are left out when it is written. */
export type SpdxElement = Readonly<Record<string, unknown>>;

/** SPDX 2.3, clause 11; of its types those that Tare uses. */
export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: "DESCRIBES" | "CONTAINS" | "DEPENDS_ON";
  readonly relatedSpdxElement: string;
}

/** An identifier (SPDX 2.3, 7.2): readable, and unique by a part of the digest of what it stands for. */
export function elementId(
  kind: "ContainerImage" | "OperatingSystem" | "Package" | "File",
  { name, of }: { readonly name: string; readonly of: string },
): string {
  const readable = name.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^-|-$/g, "");
  return ["SPDXRef", kind, readable.slice(0, 80), hexOf(sha256(of)).slice(0, 16)].filter(Boolean).join("-");
}

/** Seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`. */
export function instant(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The same without properties that have no value and lists that have nothing in them. */
export function withoutEmpty(element: SpdxElement): SpdxElement {
  return Object.fromEntries(
    Object.entries(element)
      .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
      .map(([key, value]) => [key, Array.isArray(value) ? value.map(cleaned) : value]),
  );
}

function cleaned(value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? withoutEmpty(value as SpdxElement)
    : value;
}

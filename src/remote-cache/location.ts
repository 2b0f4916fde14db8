import { canonicalName, type Reference } from "../oci/index.ts";

/** Where a cache is kept; plain data. */
export type CacheLocation =
  | { readonly type: "registry"; readonly reference: Reference }
  | {
      readonly type: "local";
      /** The folder of an OCI layout. */
      readonly path: string;
      /** A tag in it, or the digest of a manifest. */
      readonly name: string;
    };

/** A location for people. */
export function locationText(location: CacheLocation): string {
  return location.type === "registry"
    ? canonicalName(location.reference)
    : `${location.path} (${location.name})`;
}

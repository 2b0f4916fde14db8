import { dirname, resolve } from "node:path";
import type { MirrorRule, RegistryRule, TlsFiles } from "../oci/index.ts";
import type { RegistryContent } from "./schema.ts";

/** The table `registries` as rules, in its order; paths are seen from the folder of the file. */
export function registryRules(
  table: Readonly<Record<string, RegistryContent>>,
  { path, title }: { readonly path: string; readonly title: string },
): readonly RegistryRule[] {
  return Object.entries(table).map(([prefix, content]) => ({
    prefix,
    ...(content.location !== undefined && { location: content.location }),
    insecure: content.insecure ?? false,
    blocked: content.blocked ?? false,
    mirrors: (content.mirrors ?? []).map(mirrorOf),
    tls: tlsOf(content, dirname(path)),
    source: title,
  }));
}

function mirrorOf(mirror: NonNullable<RegistryContent["mirrors"]>[number]): MirrorRule {
  if (typeof mirror === "string") return { location: mirror, insecure: false, use: "all" };
  const { location, insecure = false } = mirror;
  return { location, insecure, use: mirror["pull-from-mirror"] ?? "all" };
}

function tlsOf({ ca, client }: RegistryContent, folder: string): TlsFiles {
  const whole = (file: string) => resolve(folder, file);
  return {
    authorities: ca === undefined ? [] : [whole(ca)],
    clients: client ? [{ certificate: whole(client.certificate), key: whole(client.key) }] : [],
  };
}

import { createReadStream } from "node:fs";
import { decompress } from "../archive/index.ts";
import { type Digest, TareError } from "../base/index.ts";
import type { ProgramFacts } from "../closure/index.ts";
import { readDeb } from "../debian/index.ts";
import type { NpmPackage } from "../npm/index.ts";
import type { Store, StoredLayer } from "../store/index.ts";
import type { Entry } from "../tree/index.ts";
import { readControl } from "./dpkg-database.ts";
import { programsIn } from "./programs.ts";
import { type KnownLayer, rememberedLayer } from "./remembered-layer.ts";

/** A package unpacked: all of its files as a layer of the store, and what composing has to know of them. */
export type PackageLayer = KnownLayer<PackageFacts>;

/** Plain JSON; remembered in the store beside the layer. */
export interface PackageFacts {
  /** The control file as it is; "" of what is no Debian package. */
  readonly stanza: string;
  /** As the package has them, `<md5>  usr/bin/x` a line. */
  readonly md5sums: string;
  /** Of the youngest file, seconds since 1970. */
  readonly youngest: number;
  /** What each program and library needs, by its path in the package. */
  readonly programs: Readonly<Record<string, ProgramFacts>>;
}

/** Raised when the facts change, so that what was remembered before is not used any more. */
const GENERATION = 2;

/** A package as it was chosen. */
export interface WantedPackage {
  readonly name: string;
  readonly version: string;
  /** Digest of the .deb. */
  readonly sha256: Digest;
}

/**
 * Unpacks a Debian package into the store, once: its data archive is a layer as it stands. No link of a package leads
 * anywhere, because nothing is written through a path. `integrity-archive` for what is no package, or another one.
 */
export async function unpackPackage(
  { name, version, sha256: digest }: WantedPackage,
  { store, fetch }: { readonly store: Store; readonly fetch: () => Promise<Buffer> },
): Promise<PackageLayer> {
  return rememberedLayer(
    { type: "package", digest, name, version, generation: GENERATION },
    store,
    async () => {
      const { control, data } = await readDeb(await fetch(), name);
      const read = await readControl(control);
      if (read.name !== name || read.version !== version)
        throw refused(`${name} ${version} says of itself that it is ${read.name} ${read.version}`);
      const md5sums = read.files.get("md5sums")?.content.toString("utf8") ?? "";
      const layer = await store.layers.addTar(data, { unsettled: true });
      return { layer, facts: { stanza: read.stanza, md5sums, ...(await filesOf(layer, { name, store })) } };
    },
  );
}

/** The same of a package of the npm registry, whose archive is a file. */
export function unpackNpmPackage(
  { name, integrity }: NpmPackage,
  { store, fetch }: { readonly store: Store; readonly fetch: () => Promise<string> },
): Promise<PackageLayer> {
  return rememberedLayer({ type: "npm-package", integrity, generation: GENERATION }, store, async () => {
    const archive = createReadStream(await fetch());
    const layer = await store.layers.addTar(decompress(archive), { unsettled: true });
    return { layer, facts: { stanza: "", md5sums: "", ...(await filesOf(layer, { name, store })) } };
  });
}

async function filesOf(
  layer: StoredLayer,
  { name, store }: { readonly name: string; readonly store: Store },
): Promise<Pick<PackageFacts, "youngest" | "programs">> {
  const { entries } = await layer.index();
  for (const entry of entries) refuseOddity(entry, name);
  return {
    youngest: entries.reduce((latest, { mtime }) => Math.max(latest, mtime), 0),
    programs: programsIn(entries, store.blobs.path(await layer.diffId())),
  };
}

/** Packages have files, directories and links; they can not take away what others bring, and bring no devices. */
function refuseOddity({ path, kind }: Entry, name: string): void {
  switch (kind) {
    case "file":
    case "dir":
    case "symlink":
    case "hardlink":
      return;
    case "whiteout":
    case "opaque":
      throw refused(`${name} has a file of a reserved name, which would remove /${path}`);
    default:
      throw refused(`${name} brings a ${kind} (/${path}), which packages do not`);
  }
}

function refused(why: string): TareError {
  return new TareError("integrity-archive", why, {
    hint: "use another mirror, or compose with --pull for the newest packages",
  });
}

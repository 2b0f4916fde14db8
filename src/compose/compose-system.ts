import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError, mapConcurrent, TareError, throwIfCancelled } from "../base/index.ts";
import { type Mirror, type ResolvedPackage, readDeb } from "../debian/index.ts";
import { clampTimes, scanDirectory } from "../tree/index.ts";
import { writeSettings } from "./apt-settings.ts";
import type { ComposedLayer, ComposeRequest } from "./compose-recipe.ts";
import { configureScript } from "./configure-script.ts";
import { type ControlFiles, readControl, writeDatabase } from "./dpkg-database.ts";
import type { Locked } from "./lock.ts";
import type { Fetching } from "./recipe-tools.ts";
import { prepareRoot, type Unpacked, unpackData } from "./unpack-data.ts";

/** Downloads and unpackings under way at once: the decoder and the network each want more than one. */
const AT_ONCE = 4;

/**
 * Composes an installed system, as `mmdebstrap` has it: packages are unpacked as they arrive; dpkg's database is
 * written as dpkg would have after unpacking; then dpkg itself configures everything in the sandbox, by the packages'
 * own scripts. One directory layer.
 */
export async function composeSystem(
  request: ComposeRequest,
  sources: Fetching & { readonly locked: Locked; readonly mirror: Mirror },
  signal: AbortSignal,
): Promise<readonly ComposedLayer[]> {
  await using scratch = await request.store.scratch();
  const root = join(scratch.path, "root");
  await mkdir(root, { mode: 0o755 });
  const unpacked = await unpackAll(sources.locked.packages, { request, root, ...sources }, signal);
  writeDatabase(
    root,
    unpacked.map(({ control, paths }) => ({ control, paths })),
  );
  writeSettings(root, { mirror: sources.mirror, codename: request.recipe.codename });
  // Scripts leave the disk idle. What fails here is told when the layer is settled.
  request.store.flush().catch(() => undefined);
  await request.configure(root, configureScript(unpacked.map(({ control }) => control)));
  // The time of the release, not of this composition: the same packages give the same layer.
  const youngest = Math.max(...unpacked.map((one) => one.youngest));
  const entries = clampTimes(await scanDirectory(root, { xattrs: true }), youngest);
  const layer = await request.store.layers.addDirectory(root, { entries });
  return [{ layer, created: youngest * 1000, comment: "composed from signed Debian packages" }];
}

interface UnpackedPackage extends Unpacked {
  readonly control: ControlFiles;
}

async function unpackAll(
  packages: readonly ResolvedPackage[],
  {
    request,
    root: path,
    fetchPackage,
  }: { readonly request: ComposeRequest; readonly root: string } & Pick<Fetching, "fetchPackage">,
  signal: AbortSignal,
): Promise<readonly UnpackedPackage[]> {
  const root = prepareRoot(path);
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  let current = 0;
  // The largest first, so that none of them is left when all others are done.
  const bySize = packages.toSorted((a, b) => b.size - a.size);
  const unpacked = await mapConcurrent(bySize, AT_ONCE, async (info) => {
    throwIfCancelled(signal);
    const { control, data } = await readDeb(await fetchPackage(info), `${info.name}_${info.version}.deb`);
    const files = await readControl(control);
    const result = await unpackData(data, { root, conffiles: files.conffiles, name: info.name }).catch(
      noOwner,
    );
    current += info.size;
    request.onProgress({ what: "packages", current, total });
    return { info, ...result, control: files };
  });
  const byPackage = new Map(unpacked.map((one) => [one.info, one]));
  return packages.map((info) => byPackage.get(info) as UnpackedPackage);
}

/** Where only one user id is mapped, a file of another user can not be made. */
function noOwner(error: unknown): never {
  if (!isSystemError(error, "EINVAL") || !/chown/.test(error.syscall ?? "")) throw error;
  throw new TareError(
    "environment-namespaces",
    "the packages have files of other users, and only one user id is mapped",
    {
      hint: "install uidmap, and add a range: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
      cause: error,
    },
  );
}

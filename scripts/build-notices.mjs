// Writes the licenses of the packages that are bundled, which all ask for that.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** `bundles` are esbuild's results, with their metafiles. */
export async function writeNotices({ root, outdir, bundles }) {
  const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const names = new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []));
  const notices = [...names].sort().map(async (name) => {
    const folder = join(root, "node_modules", name);
    const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${await readFile(join(folder, "LICENSE"), "utf8")}`;
  });
  await writeFile(join(outdir, "THIRD-PARTY-LICENSES"), (await Promise.all(notices)).join("\n\n"));
}

const PACKAGE = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//;

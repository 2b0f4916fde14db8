import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Mirror } from "../debian/index.ts";

/**
 * The settings that the packages do not bring: where apt gets more packages from, and what container images
 * want of apt and dpkg (no package archives left behind, no translations, no waiting for the disk).
 */
export function writeSettings(
  root: string,
  { mirror, codename }: { readonly mirror: Mirror; readonly codename: string },
): void {
  for (const [path, content] of Object.entries(settings(mirror, codename))) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, content, { mode: 0o644 });
  }
}

function settings({ main, security }: Mirror, codename: string): Readonly<Record<string, string>> {
  const signed = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg";
  return {
    "etc/apt/sources.list.d/debian.sources": `Types: deb
URIs: ${main}
Suites: ${codename} ${codename}-updates
Components: main
${signed}

Types: deb
URIs: ${security}
Suites: ${codename}-security
Components: main
${signed}
`,
    "etc/apt/apt.conf.d/90container": `// An image keeps neither downloaded packages nor apt's own caches of them.
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Acquire::Languages "none";
Acquire::GzipIndexes "true";
APT::AutoRemove::SuggestsImportant "false";
`,
    "etc/dpkg/dpkg.cfg.d/90container":
      "# A layer that is not finished is thrown away as a whole: there is nothing to sync for.\nforce-unsafe-io\n",
  };
}

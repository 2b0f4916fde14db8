import type { Digest } from "../base/index.ts";
import type { TreeFiles } from "./readers.ts";
import type { SbomDocument } from "./types.ts";

// What the tests of this folder read.

/** A tree by path and text. */
export function treeOf(texts: Readonly<Record<string, string>>): TreeFiles {
  return new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
}

export function digestOf(digit: string): Digest {
  return `sha256:${digit.repeat(64)}`;
}

const MD5 = "0123456789abcdef0123456789abcdef";
const RECORD_DIGEST = Buffer.alloc(32, 7).toString("base64url");

/** A distroless image with an application in JavaScript and one in Python. */
export const TREE = treeOf({
  "usr/lib/os-release": [
    'PRETTY_NAME="Distroless"',
    'NAME="Debian GNU/Linux"',
    "ID=debian",
    'VERSION_ID="12"',
    "VERSION_CODENAME=bookworm",
    'HOME_URL="https://example.org/distroless"',
  ].join("\n"),
  "var/lib/dpkg/status.d/libc6": [
    "Package: libc6",
    "Source: glibc",
    "Version: 2.36-9+deb12u10",
    "Architecture: amd64",
    "Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>",
    "Depends: libgcc-s1, libcrypt1 (>= 1:4.4.10-10~) | libcrypt",
    "Homepage: https://www.gnu.org/software/libc/libc.html",
    "Description: GNU C Library: Shared libraries",
    " Contains the standard libraries.",
  ].join("\n"),
  "var/lib/dpkg/status.d/libc6.md5sums": `${MD5}  lib/x86_64-linux-gnu/libc.so.6\n${MD5}  usr/share/doc/libc6/copyright\n`,
  "var/lib/dpkg/status.d/libgcc-s1": [
    "Package: libgcc-s1",
    "Source: gcc-12 (12.2.0-14+deb12u1)",
    "Version: 12.2.0-14+deb12u1",
    "Architecture: amd64",
    "Maintainer: Ada Lovelace <no address>",
    "Depends: libc6 (>= 2.35)",
    "Provides: libgcc1 (= 1:12.2.0-14+deb12u1)",
    "Description: GCC support library",
  ].join("\n"),
  "var/lib/dpkg/status.d/zlib1g": [
    "Package: zlib1g",
    "Source: zlib",
    "Version: 1:1.2.13.dfsg-1",
    "Architecture: amd64",
    "Depends: libc6 (>= 2.14), libgcc1",
    "Homepage: not an address",
  ].join("\n"),
  "usr/share/doc/zlib1g/copyright": [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: zlib",
    "",
    "Files: *",
    "Copyright: 1995-2022 Jean-loup Gailly and Mark Adler",
    "License: Zlib",
    "",
    "Files: contrib/*",
    "Copyright: 1998 Somebody",
    "License: GPL-2+ or Artistic, and permissive",
    "",
    "License: permissive",
    " Do as you like.",
    " .",
    " But keep this notice.",
  ].join("\n"),
  "app/node_modules/@acme/left/package.json": JSON.stringify({
    name: "@acme/left",
    version: "1.0.0",
    license: "(MIT OR Apache-2.0)",
    author: "Ann Other <ann@example.org> (https://example.org)",
    dependencies: { right: "^1.0.0" },
  }),
  "app/node_modules/@acme/left/node_modules/right/package.json": JSON.stringify({
    name: "right",
    version: "1.5.0",
    license: "ISC",
  }),
  "app/node_modules/right/package.json": JSON.stringify({ name: "right", version: "2.0.0", license: "ISC" }),
  "app/node_modules/copy/node_modules/right/package.json": JSON.stringify({
    name: "right",
    version: "2.0.0",
    license: "ISC",
  }),
  "usr/lib/python3/dist-packages/Foo_Bar-1.2.dist-info/METADATA": [
    "Metadata-Version: 2.1",
    "Name: Foo_Bar",
    "Version: 1.2",
    "Author: Bo Example",
    "Author-email: bo@example.org",
    "License: Own terms",
    "Requires-Dist: urllib3 (<3) ; python_version >= '3'",
    "Requires-Dist: pytest ; extra == 'test'",
    "",
    "License: not a header any more",
  ].join("\n"),
  "usr/lib/python3/dist-packages/Foo_Bar-1.2.dist-info/RECORD": `foo_bar/__init__.py,sha256=${RECORD_DIGEST},10\n../../../bin/foo,sha256=${RECORD_DIGEST},5\n../../../../../../etc/passwd,sha256=${RECORD_DIGEST},5\nFoo_Bar-1.2.dist-info/RECORD,,\n`,
  "usr/lib/python3/dist-packages/urllib3-2.0.egg-info": "Name: urllib3\nVersion: 2.0\nLicense: MIT\n",
});

/** A document around packages. */
export function documentOf(facts: Pick<SbomDocument, "packages" | "distribution">): SbomDocument {
  return {
    ...facts,
    subject: {
      name: "docker.io/library/calc:1.0",
      digest: digestOf("a"),
      imageId: digestOf("b"),
      diffIds: [digestOf("c"), digestOf("d")],
      architecture: "amd64",
    },
    created: 1_700_000_000,
    tool: { name: "tare", version: "0.1.0" },
  };
}

import { createRequire } from "node:module";
import { lazy } from "../base/index.ts";

/**
 * The SPDX id of a licence under the name that a package gives it: an id of SPDX's list in any case, a
 * short name of Debian's copyright format, or a deprecated id. With `X with Y exception` when SPDX knows both.
 * Undefined when there is no such id, or more than one that could be meant.
 */
export function licenseId(name: string): string | undefined {
  const [base = "", exception, ...more] = name.trim().split(/[\s-]+with[\s-]+/i);
  const id = plainId(base);
  if (id === undefined || more.length > 0) return undefined;
  if (exception === undefined) return id;
  const clause = exceptionId(exception.trim(), id);
  return clause && `${id} WITH ${clause}`;
}

/** Whether an id stands on SPDX's list of licences, exactly as it is written. */
export function isListedLicense(id: string): boolean {
  return list().isSupportedSpdxId(id) && !EXCEPTION.test(id);
}

function plainId(name: string): string | undefined {
  const known = SHORT_NAMES.get(name.toLowerCase()) ?? gnuId(name);
  if (known !== undefined) return known;
  const later = name.endsWith("+");
  const listed = spdxId(later ? name.slice(0, -1) : name);
  if (listed === undefined || EXCEPTION.test(listed)) return undefined;
  return later ? `${listed}+` : listed;
}

/** `GPL-2`, `GPLv2+`, `LGPL-2.1+`, `GFDL-NIV-1.3+`, `GPL-3.0-or-later`. */
function gnuId(name: string): string | undefined {
  const match = /^(A?GPL|LGPL|GFDL|FDL)(-NIV)?-?v?(\d(?:\.\d)?)(?:\.0)?(\+|-only|-or-later)?$/i.exec(name);
  if (!match) return undefined;
  const [, written = "", invariants, number = "", suffix] = match;
  const family = written.toUpperCase().replace(/^FDL$/, "GFDL");
  const version = number.includes(".") ? number : `${number}.0`;
  const later = suffix === "+" || suffix?.toLowerCase() === "-or-later";
  const middle = invariants === undefined ? "" : "-no-invariants";
  return spdxId(`${family}-${version}${middle}-${later ? "or-later" : "only"}`);
}

function exceptionId(text: string, license: string): string | undefined {
  const name = text.toLowerCase().replace(/[\s_-]*exceptions?$/, "");
  const known = EXCEPTIONS.get(name);
  if (known === AUTOCONF)
    return license.includes("2.0") ? "Autoconf-exception-2.0" : "Autoconf-exception-3.0";
  const id = known ?? spdxId(text);
  return id !== undefined && EXCEPTION.test(id) ? id : undefined;
}

/** SPDX's list has both licences and exceptions; only the latter may stand behind WITH. */
const EXCEPTION = /exception|Linux-syscall-note/i;
const AUTOCONF = "Autoconf";

function spdxId(name: string): string | undefined {
  const id = list().fixupSpdxId(name);
  // It also finds what every object has, such as its constructor.
  return id !== undefined && list().isSupportedSpdxId(id) ? id : undefined;
}

const list = lazy(
  () =>
    createRequire(import.meta.url)(
      "@cyclonedx/cyclonedx-library/SPDX",
    ) as typeof import("@cyclonedx/cyclonedx-library/SPDX"),
);

/** Names that stand for one licence alone and are not its SPDX id. In lower case. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "apache-2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache-2-llvm-exceptions": "Apache-2.0 WITH LLVM-exception",
    artistic: "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "bsd-1-clause": "BSD-1-Clause",
    "bsd-2": "BSD-2-Clause",
    bsd2: "BSD-2-Clause",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-2-clause-freebsd": "BSD-2-Clause",
    "bsd-2-clause-netbsd": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    bsd3: "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4": "BSD-4-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsd-4-clause-uc": "BSD-4-Clause-UC",
    bsl: "BSL-1.0",
    "boost-1.0": "BSL-1.0",
    bzip2: "bzip2-1.0.6",
    cc0: "CC0-1.0",
    "cc0-1": "CC0-1.0",
    "cc-by-3": "CC-BY-3.0",
    "cc-by-4": "CC-BY-4.0",
    "cc-by-sa-3": "CC-BY-SA-3.0",
    "cc-by-sa-4": "CC-BY-SA-4.0",
    cddl: "CDDL-1.0",
    "edl-1": "BSD-3-Clause",
    "edl-1.0": "BSD-3-Clause",
    "epl-1": "EPL-1.0",
    "epl-2": "EPL-2.0",
    expat: "MIT",
    libpng: "Libpng",
    "mit/x11": "MIT",
    "mit/expat": "MIT",
    "mpl-1": "MPL-1.0",
    "mpl-2": "MPL-2.0",
    "openldap-2.8": "OLDAP-2.8",
    "psf-2": "PSF-2.0",
    "sil-1.1": "OFL-1.1",
    "ofl-1": "OFL-1.1",
    "the unlicense": "Unlicense",
    wtfpl2: "WTFPL",
    "wtfpl-2": "WTFPL",
  }),
);

/** What Debian calls the exceptions, without the word itself. In lower case. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    autoconf: AUTOCONF,
    "autoconf-data": AUTOCONF,
    bison: "Bison-exception-2.2",
    "bison-2.2": "Bison-exception-2.2",
    classpath: "Classpath-exception-2.0",
    "classpath-2.0": "Classpath-exception-2.0",
    font: "Font-exception-2.0",
    gcc: "GCC-exception-3.1",
    "gcc-runtime-library": "GCC-exception-3.1",
    libtool: "Libtool-exception",
    "linux-syscall-note": "Linux-syscall-note",
    llvm: "LLVM-exception",
    u_boot: "u-boot-exception-2.0",
  }),
);

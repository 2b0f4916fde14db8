import type { ControlFiles } from "./dpkg-database.ts";

/** Packages whose scripts others rely on without saying so, because every bootstrap has them first. */
const FIRST = ["base-passwd", "base-files", "dash", "mawk", "bash", "debconf", "libc-bin", "dpkg"];

/**
 * The shell script that turns unpacked packages into installed ones: what dpkg would have run before unpacking,
 * then dpkg's own configuration, then the removal of what belongs to this one run. Services are not started.
 */
export function configureScript(packages: readonly ControlFiles[]): string {
  const preinsts = inOrder(packages.filter(({ files }) => files.has("preinst")));
  const early = FIRST.slice(0, 2).filter((name) => packages.some((one) => one.name === name));
  return [
    "set -e",
    "export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true DPKG_ROOT= DPKG_ADMINDIR=/var/lib/dpkg",
    "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8",
    "mkdir -p /usr/sbin",
    "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d",
    "chmod 755 /usr/sbin/policy-rc.d",
    "[ -e /usr/bin/awk ] || { [ ! -e /usr/bin/mawk ] || ln -s mawk /usr/bin/awk; }",
    JOURNAL_IN_MEMORY,
    ...preinsts.map(runPreinst),
    ...early.map((name) => quietly(`dpkg --force-depends --configure ${name}`)),
    "dpkg --configure -a",
    "dpkg --audit",
    JOURNAL_BACK,
    CLEANUP,
  ].join("\n");
}

/** dpkg warns of what was asked for on purpose; it is shown when something fails. */
function quietly(command: string): string {
  return `${command} > /tmp/configure.log 2>&1 || { cat /tmp/configure.log; exit 1; }`;
}

function inOrder(packages: readonly ControlFiles[]): readonly ControlFiles[] {
  const rank = ({ name }: ControlFiles) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return packages.toSorted((a, b) => rank(a) - rank(b));
}

/** The environment is the one that dpkg(1) promises to maintainer scripts. */
function runPreinst({ name, architecture, infoName }: ControlFiles): string {
  const variables = [
    `DPKG_MAINTSCRIPT_PACKAGE=${name}`,
    `DPKG_MAINTSCRIPT_ARCH=${architecture}`,
    "DPKG_MAINTSCRIPT_NAME=preinst",
    "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1",
  ];
  return `env ${variables.join(" ")} '/var/lib/dpkg/info/${infoName}.preinst' install`;
}

/**
 * dpkg notes each change of a package in a file of its own and waits until the disk has it, several hundred times. Of
 * a system that is not there yet nobody needs that: the notes go to memory. The folder has to be empty at the end, or
 * dpkg has not finished.
 */
const JOURNAL_IN_MEMORY = `
rm -rf /dev/shm/dpkg-updates
mv /var/lib/dpkg/updates /dev/shm/dpkg-updates
ln -s /dev/shm/dpkg-updates /var/lib/dpkg/updates
`.trim();

const JOURNAL_BACK = `
rmdir /dev/shm/dpkg-updates
rm /var/lib/dpkg/updates
mkdir -m 755 /var/lib/dpkg/updates
`.trim();

/** Logs, caches, backups and everything that is true of this machine only. */
const CLEANUP = `
rm -f /usr/sbin/policy-rc.d
rm -rf /var/log/dpkg.log /var/log/alternatives.log /var/log/bootstrap.log /var/log/apt/*
rm -rf /var/cache/ldconfig/aux-cache /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/lib/dpkg/triggers/Lock /var/lib/dpkg/lock*
rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- /etc/.pwd.lock
rm -f /etc/hostname /etc/resolv.conf
[ ! -e /etc/machine-id ] || : > /etc/machine-id
rm -rf /tmp/* /run/* 2>/dev/null || true
`.trim();

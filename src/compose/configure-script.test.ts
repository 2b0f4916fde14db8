import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { configureScript } from "./configure-script.ts";
import type { ControlFiles } from "./dpkg-database.ts";

function control(name: string, { preinst = false, infoName = name } = {}): ControlFiles {
  return {
    name,
    version: "1",
    architecture: "amd64",
    infoName,
    stanza: "",
    conffiles: new Set(),
    files: new Map(preinst ? [["preinst", { content: Buffer.from("#!/bin/sh\n"), mode: 0o755 }]] : []),
  };
}

/** What is run, without where its output goes. */
function commands(script: string): readonly string[] {
  return script.split("\n").map((line) => line.replace(/ > \/tmp.*/, ""));
}

/** The lines that differ from one set of packages to another. */
function own(...packages: readonly ControlFiles[]): readonly string[] {
  const common = new Set(commands(configureScript([])));
  return commands(configureScript(packages)).filter((line) => !common.has(line));
}

test("without packages dpkg is asked all the same, and this one run leaves nothing", () => {
  const lines = commands(configureScript([]));
  assert.equal(lines[0], "set -e");
  assert.deepEqual(
    lines.filter((line) => line.startsWith("dpkg ")),
    ["dpkg --configure -a", "dpkg --audit"],
  );
  const start = lines.indexOf("chmod 755 /usr/sbin/policy-rc.d");
  const end = lines.indexOf("rm -f /usr/sbin/policy-rc.d");
  const configured = lines.indexOf("dpkg --configure -a");
  assert.deepEqual([start > 0, start < configured, configured < end], [true, true, true]);
});

test("scripts that run before unpacking run first, those that others rely on before all", () => {
  const variables = (name: string) =>
    `env DPKG_MAINTSCRIPT_PACKAGE=${name} DPKG_MAINTSCRIPT_ARCH=amd64 DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1`;
  assert.deepEqual(
    own(
      control("zlib", { preinst: true, infoName: "zlib:amd64" }),
      control("apt", { preinst: true }),
      control("dpkg", { preinst: true }),
      control("bash"),
      control("base-files"),
      control("base-passwd", { preinst: true }),
    ),
    [
      `${variables("base-passwd")} '/var/lib/dpkg/info/base-passwd.preinst' install`,
      `${variables("dpkg")} '/var/lib/dpkg/info/dpkg.preinst' install`,
      `${variables("zlib")} '/var/lib/dpkg/info/zlib:amd64.preinst' install`,
      `${variables("apt")} '/var/lib/dpkg/info/apt.preinst' install`,
      "dpkg --force-depends --configure base-passwd",
      "dpkg --force-depends --configure base-files",
    ],
  );
});

test("a shell can read it", () => {
  const script = configureScript([control("a", { preinst: true })]);
  execFileSync("sh", ["-n"], { input: script });
  assert.match(
    execFileSync("sh", ["-c", `${script.split("\n")[4]?.replace(/ > .*/, "")}`]).toString(),
    /^#!\/bin\/sh\nexit 101\n$/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Packages, packagesText } from "./fixtures.ts";
import { indexPackages } from "./package-index.ts";
import { type Choices, resolvePackages } from "./resolve.ts";
import type { DependencyRules } from "./resolved.ts";
import { SHELLLESS_RULES } from "./shellless.ts";
import { why } from "./why.ts";

function choices(
  packages: Packages,
  rules: Partial<DependencyRules> & { readonly packages: readonly string[] },
): Choices {
  const index = indexPackages([{ bytes: Buffer.from(packagesText(packages)), repository: "debian" }]);
  return resolvePackages(index, { architecture: "amd64", dependencies: "follow", ...rules });
}

function names({ packages }: Choices): string {
  return packages.map(({ name }) => name).join(" ");
}

/** As Debian 12 has them, shortened. */
const DEBIAN: Packages = {
  nginx: { Section: "httpd", Depends: "libc6, nginx-common, iproute2" },
  "nginx-common": {
    Source: "nginx (1-0)",
    Section: "httpd",
    Architecture: "all",
    Depends: "debconf (>= 0.5) | debconf-2.0",
  },
  debconf: { Section: "admin", Priority: "required", Architecture: "all", Provides: "debconf-2.0" },
  cdebconf: { Section: "utils", Provides: "debconf-2.0", Depends: "libc6" },
  iproute2: { Section: "net", Priority: "important", Depends: "libelf1" },
  libelf1: { Section: "libs", "Multi-Arch": "same" },
  libc6: { Section: "libs", "Multi-Arch": "same", Priority: "optional" },
  "libpam-modules": { Section: "admin", Priority: "required", "Multi-Arch": "same" },
  redis: { Section: "database", Depends: "adduser, lsb-base, libc6", "Pre-Depends": "init-system-helpers" },
  adduser: { Section: "admin", Priority: "important", Architecture: "all", Depends: "passwd" },
  passwd: { Section: "admin", Priority: "required" },
  "lsb-base": { Section: "misc", Architecture: "all", Depends: "sysvinit-utils (>= 0)" },
  "sysvinit-utils": { Section: "admin", Essential: "yes" },
  "init-system-helpers": { Section: "admin", Essential: "yes" },
  postgresql: {
    Section: "database",
    Depends:
      "locales, postgresql-common, ssl-cert, tzdata, netbase, libpam-modules, manual, bash-completion, ed, psmisc",
  },
  locales: { Section: "localization", Architecture: "all", Depends: "libc-bin (>> 0)" },
  "libc-bin": { Section: "libs", Essential: "yes" },
  "postgresql-common": { Section: "database", Architecture: "all", Depends: "perl:any" },
  perl: { Section: "perl", "Multi-Arch": "allowed", Depends: "perl-modules" },
  "perl-modules": { Section: "perl", Architecture: "all" },
  "ssl-cert": { Section: "utils", Architecture: "all" },
  tzdata: { Section: "localization", Priority: "required", Architecture: "all", Depends: "debconf" },
  netbase: {
    Section: "admin",
    Priority: "important",
    Architecture: "all",
    Tag: "network::configuration, role::app-data,\n suite::debian",
  },
  manual: { Section: "doc", Architecture: "all" },
  "bash-completion": { Section: "shells", Architecture: "all" },
  ed: { Section: "contrib/editors" },
  psmisc: { Section: "admin", Priority: "optional" },
};

test("an image without a shell gets no programs of the base system, and keeps libraries and data", () => {
  const shellless = (...packages: readonly string[]) => names(choices(DEBIAN, { packages, shellless: true }));
  assert.equal(shellless("nginx"), "libc6 nginx nginx-common");
  assert.equal(shellless("redis"), "libc6 redis");
  assert.equal(shellless("postgresql"), "libpam-modules netbase postgresql tzdata");
  assert.equal(
    names(choices(DEBIAN, { packages: ["nginx"] })),
    "debconf iproute2 libc6 libelf1 nginx nginx-common",
  );
});

test("each dropped dependency tells its needer, its relation, and the row that dropped it", () => {
  const { dropped } = choices(DEBIAN, { packages: ["nginx", "postgresql", "redis"], shellless: true });
  assert.deepEqual(
    dropped.map(({ name, by, relation, rule }) => `${by}: ${name} (${relation}) ${rule}`),
    [
      "nginx: iproute2 (iproute2) shellless system",
      "nginx-common: debconf (debconf (>= 0.5) | debconf-2.0) shellless system",
      "postgresql: bash-completion (bash-completion) shellless people",
      "postgresql: ed (ed) shellless people",
      "postgresql: locales (locales) shellless scripts",
      "postgresql: manual (manual) shellless people",
      "postgresql: postgresql-common (postgresql-common) shellless scripts",
      "postgresql: psmisc (psmisc) shellless admin",
      "postgresql: ssl-cert (ssl-cert) shellless utils",
      "redis: adduser (adduser) shellless system",
      "redis: init-system-helpers (init-system-helpers) shellless essential",
      "redis: lsb-base (lsb-base) shellless scripts",
      "tzdata: debconf (debconf) shellless system",
    ],
  );
  assert.ok(dropped.every(({ reason }) => /^is /.test(reason)));
});

test("what is named is never dropped, and with Perl its scripts come too", () => {
  const named = (...packages: readonly string[]) => names(choices(DEBIAN, { packages, shellless: true }));
  assert.equal(named("nginx", "debconf"), "debconf libc6 nginx nginx-common");
  assert.equal(named("adduser", "passwd"), "adduser passwd");
  assert.equal(
    named("postgresql", "perl"),
    "libpam-modules netbase perl perl-modules postgresql postgresql-common tzdata",
  );
  const { dropped } = choices(DEBIAN, { packages: ["nginx", "cdebconf"], shellless: true });
  assert.deepEqual(
    dropped.map(({ name }) => name),
    ["iproute2"],
  );
});

test("every row of the table has a use in it or is a row to keep, and a name of its own", () => {
  const packages = ["nginx", "postgresql", "redis", "git"];
  const git = { git: { Section: "vcs", Depends: "perl" } };
  const rules = new Set(
    choices({ ...DEBIAN, ...git }, { packages, shellless: true }).dropped.map(({ rule }) => rule),
  );
  const drops = SHELLLESS_RULES.filter(({ verdict }) => verdict === "drop").map(
    ({ name }) => `shellless ${name}`,
  );
  assert.deepEqual([...rules].sort(), [...drops].sort());
  assert.equal(new Set(SHELLLESS_RULES.map(({ name }) => name)).size, SHELLLESS_RULES.length);
});

test("a recipe leaves out names and globs, even of packages that are not there", () => {
  const packages: Packages = {
    app: { Depends: "liba1, libb1 | libc1, lost, x.y" },
    liba1: { Depends: "deep" },
    libb1: {},
    libc1: {},
    deep: {},
    "x.y": {},
    xzy: {},
  };
  const without = (...globs: readonly string[]) => choices(packages, { packages: ["app"], without: globs });
  assert.equal(names(without("lost", "liba1")), "app libb1 x.y");
  assert.equal(names(without("lo*", "lib?1")), "app x.y");
  assert.equal(names(without("lost", "x?y", "deep")), "app liba1 libb1");
  assert.throws(() => without("lostt", "los"), /no package satisfies lost, which app needs/);
  assert.deepEqual(
    without("lost", "lib[ab]1", "lib*").dropped.map(({ name, rule }) => `${name}: ${rule}`),
    ["liba1: without lib*", "libb1: without lib*", "lost: without lost"],
  );
  assert.equal(names(choices(packages, { packages: ["app", "liba1"], without: ["*"] })), "app liba1");
});

test("without dependencies, exactly the named packages come, and still may not conflict", () => {
  const none = (packages: Packages, ...wanted: readonly string[]) =>
    choices(packages, { packages: wanted, dependencies: "none" });
  const { packages, dropped } = none(DEBIAN, "nginx", "libc6");
  assert.deepEqual(
    packages.map(({ name, depends }) => [name, depends]),
    [
      ["libc6", []],
      ["nginx", ["libc6"]],
    ],
  );
  assert.deepEqual(
    dropped.map(({ name, rule }) => [name, rule]),
    [
      ["iproute2", "dependencies none"],
      ["nginx-common", "dependencies none"],
    ],
  );
  assert.equal(names(none({ app: { Depends: "gone" } }, "app")), "app");
  assert.throws(() => none({ a: { Conflicts: "b" }, b: {} }, "a", "b"), /b 1 conflicts with a 1/);
});

test("a package is explained by its shortest chains, by the rule that dropped it, or by nothing", () => {
  const packages: Packages = {
    app: { Depends: "left, right" },
    tool: { Depends: "right, long" },
    left: { Depends: "libc6" },
    right: { Depends: "libc6, adduser" },
    long: { Depends: "longer" },
    longer: { Depends: "libc6" },
    libc6: {},
    adduser: { Section: "admin" },
    other: {},
  };
  const result = choices(packages, { packages: ["app", "tool"], shellless: true });
  const libc6 = why(result, "libc6");
  assert.equal(libc6.kind, "chosen");
  assert.deepEqual(libc6.kind === "chosen" && libc6.chains, [
    ["app", "left", "libc6"],
    ["app", "right", "libc6"],
    ["tool", "right", "libc6"],
  ]);
  const app = why(result, "app");
  assert.deepEqual(app.kind === "chosen" && app.chains, [["app"]]);
  const adduser = why(result, "adduser");
  assert.deepEqual(adduser.kind === "dropped" && adduser.drops.map(({ by }) => by), ["right"]);
  assert.deepEqual(why(result, "other"), { kind: "unneeded" });
  const longer = result.packages.find(({ name }) => name === "longer");
  assert.deepEqual(longer?.because, ["tool", "long", "longer"]);
});

test("a package tells its source, its sizes, and whose files it may overwrite", () => {
  const packages: Packages = {
    "app=2:1.0-1+b1": {
      Source: "apps (1:1.0-1)",
      Section: "web",
      "Installed-Size": "12",
      Depends: "b",
      Replaces: "b (<< 2), c",
    },
    b: { Filename: "./pool/b.deb", Size: "77" },
  };
  const [app, b] = choices(packages, { packages: ["app"] }).packages;
  const zero = `sha256:${"0".repeat(64)}`;
  const common = { architecture: "amd64", repository: "debian", sha256: zero };
  assert.deepEqual(app, {
    ...common,
    name: "app",
    version: "2:1.0-1+b1",
    source: "apps",
    sourceVersion: "1:1.0-1",
    section: "web",
    installedSize: 12 * 1024,
    path: "pool/app_2:1.0-1+b1.deb",
    size: 1,
    depends: ["b"],
    replaces: ["b"],
    because: ["app"],
  });
  assert.deepEqual([b?.source, b?.sourceVersion, b?.path, b?.size], ["b", "1", "pool/b.deb", 77]);
});

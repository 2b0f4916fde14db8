import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, readFrom, readText } from "./fixtures.ts";

const MANUAL = "docs/recipes.md has an example of every key";

/** A recipe, and `line:column-end message | hint`. */
const CASES: Readonly<Record<string, readonly [string, string]>> = {
  "an unknown key": [
    "name: a\npackges: [libc6]",
    '2:1-8 unknown key "packges" in a recipe | did you mean packages?',
  ],
  "an unknown key of an item": [
    "packages:\n  - name: libc6\n    slice: [libs]",
    '3:5-10 unknown key "slice" in packages[0] | did you mean slices?',
  ],
  "an unknown key far from any other": [
    "trust: { everything: true }",
    '1:10-20 unknown key "everything" in trust | the keys are: bundle, java',
  ],
  "a key below a release that can not be there": [
    "releases:\n  12:\n    extends: cc",
    '3:5-12 unknown key "extends" in releases.12 | the keys are: ',
  ],
  "a key that every object has": [
    "constructor: 1",
    '1:1-12 unknown key "constructor" in a recipe | the keys are: ',
  ],
  "a release that there is not": [
    "releases: { 11: {} }",
    '1:13-15 unknown key "11" in releases | did you mean 12?',
  ],
  "text where a list has to be": ["packages: libc6", `1:11-16 packages must be a list | ${MANUAL}`],
  "a dash without its space": [
    "packages:\n  -libc6\n  -zlib1g",
    "2:3-9 packages must be a list | a space has to follow the dash: - libc6",
  ],
  "a colon without its space": [
    "name:foo",
    "1:1-9 a recipe must be a map of keys | a space has to follow the colon: name: foo",
  ],
  "nothing where a list has to be": ["name: a\npackages:\n", `2:1-9 packages must be a list | ${MANUAL}`],
  "a module of Java with an odd name": [
    "java-modules: [java.base, java/sql]",
    "1:27-35 java-modules[1] must be the name of a module | for example java.net.http",
  ],
  "a number where text has to be": [
    "cmd: [sleep, 60]",
    "1:14-16 cmd[1] must be text | put it between quotes",
  ],
  "a part of a file that is neither text nor a path": [
    "files: [{ path: /a, content: [{ path: /b }] }]",
    `1:33-37 unknown key "path" in files[0].content[0] | ${MANUAL}`,
  ],
  "a file without any part": [
    "files: [{ path: /a, content: [] }]",
    "1:30-32 files[0].content must not be empty | drop the key, or name something",
  ],
  "a word that is no boolean": ["shellless: yes", `1:12-15 shellless must be true or false | ${MANUAL}`],
  "a word that is none of the choice": [
    "layers: all",
    "1:9-12 layers must be one of its words | they are single, origin, package",
  ],
  "a missing key": ["users: [{ name: a }]", `1:9-20 users[0] needs the key uid | ${MANUAL}`],
  "a package with a wrong name": [
    "packages:\n  - libc6\n  - LibC",
    "3:5-9 packages[1] must be a package, perhaps with a version | for example libssl3t64, or libssl3t64 (>= 3.0)",
  ],
  "a package that is neither text nor a map": [
    "packages: [[libc6]]",
    `1:12-19 packages[0] must be text, or a map of keys | ${MANUAL}`,
  ],
  "an old operator": [
    'packages: ["libc6 (< 3)"]',
    "1:12-25 packages[0] must be a package, perhaps with a version | for example libssl3t64, or libssl3t64 (>= 3.0)",
  ],
  "no slices": [
    "packages: [{ name: libc6, slices: [] }]",
    "1:35-37 packages[0].slices must not be empty | drop the key, or name something",
  ],
  "a slice that is not defined": [
    "packages: [{ name: libc6, slices: [lib] }]",
    '1:12-42 the package libc6 has no slice "lib" | did you mean libs?',
  ],
  "a mode without its zero": [
    "directories:\n  - { path: /a, mode: 755 }",
    "2:23-26 directories[0].mode must be a mode in octal digits that begins with 0 | for example 0755, or 01777",
  ],
  "a mode in decimal digits": [
    "files: [{ path: /a, content: '', mode: 0900 }]",
    "1:40-44 files[0].mode must be a mode in octal digits that begins with 0 | for example 0755, or 01777",
  ],
  "a relative path": [
    "workdir: home",
    "1:10-14 workdir must be an absolute path | for example /usr/bin/python3; it has no ..",
  ],
  "a path that leaves the image": [
    "links: { /a/../../etc: b }",
    '1:10-22 the key "/a/../../etc" must be an absolute path | for example /usr/bin/python3; it has no ..',
  ],
  "a pattern that is not closed": [
    "exclude: ['/a/[b']",
    "1:11-18 exclude[0] has a class or a backslash without its end | write a class as [a-z]",
  ],
  "an id that is too large": [
    "groups: [{ name: a, gid: 4294967295 }]",
    "1:26-36 groups[0].gid must be a number from 0 to 4294967294 | for example 65532",
  ],
  "an id in words": [
    "groups: [{ name: a, gid: b }]",
    "1:26-27 groups[0].gid must be a number from 0 to 4294967294 | for example 65532",
  ],
  "a line feed in an account": [
    'users: [{ name: a, uid: 1, gecos: "x\\nroot::0" }]',
    "1:35-47 users[0].gecos must fit into a line of /etc/passwd | it has no colon and no control characters",
  ],
  "an address that is no web address": [
    "sources: [{ uri: file:///etc, suites: [a] }]",
    "1:18-29 sources[0].uri must be the http or https address of a repository | for example https://apt.example.org/debian, without a password",
  ],
  "a release of long ago": [
    "debian: [10]",
    "1:10-12 debian[0] must be a Debian release | recipes are for 13 (trixie) and 12 (bookworm)",
  ],
  "a port out of range": [
    "ports: [65536]",
    "1:9-14 ports[0] must be a port, perhaps with its protocol | for example 8080, or 53/udp",
  ],
  "a list as the recipe": ["- a", `1:1-4 a recipe must be a map of keys | ${MANUAL}`],
  "an empty file": ["", `1:1-2 a recipe must be a map of keys | ${MANUAL}`],

  "a user twice": [
    "users:\n  - { name: a, uid: 1 }\n  - { name: a, uid: 2 }",
    "3:5-24 users names a twice | keep one of them",
  ],
  "one id for two users": [
    "users:\n  - { name: a, uid: 1 }\n  - { name: b, uid: 1 }",
    "3:5-24 b has the id of a: 1 | give each account an id of its own",
  ],
  "a group that there is not": [
    "users: [{ name: a, uid: 1, group: stuff }]\ngroups: [{ name: staff, gid: 50 }]",
    "1:9-42 the recipe has no group stuff | did you mean staff?",
  ],
  "both gid and group": [
    "users: [{ name: a, uid: 1, gid: 1, group: a }]",
    "1:9-46 the user a has both a gid and a group | keep one of them",
  ],
  "a group of its own whose id is taken": [
    "users: [{ name: a, uid: 50 }]\ngroups: [{ name: staff, gid: 50 }]",
    "1:9-29 the group of a would have the id of staff: 50 | give the user a gid, or a group",
  ],
  "a member that there is not": [
    "groups: [{ name: staff, gid: 50, members: [bob] }]",
    "1:10-50 the recipe has no user bob | name it under users, or write its number",
  ],
  "an owner that there is not": [
    "extends: static\ndirectories: [{ path: /a, owner: nonrot }]",
    "2:15-42 the recipe has no user nonrot | did you mean nonroot?",
  ],
  "a user to run as that there is not": [
    "extends: static\nuser: app",
    "2:7-10 the recipe has no user app | name it under users, or write its number",
  ],
  "an npm package that is not for the architecture": [
    "npm: [{ package: { arm64: a@1 }, files: {} }]",
    "1:7-45 a names no package for amd64 | add amd64: NAME@VERSION, or take the architecture out of the recipe",
  ],
  "removing what is not there": [
    "extends: cc\nremove:\n  packages:\n    - haskell",
    "4:7-14 there is no haskell to remove from packages | remove takes away what the recipes that this one extends have named",
  ],
  "removing what is nearly there": [
    "extends: static\nremove: { users: [nobdy] }",
    "2:19-24 there is no nobdy to remove from users | did you mean nobody?",
  ],
  "a keyring that is not there": [
    "sources: [{ uri: https://apt.example.org, suites: [a], keyring: /nowhere/k.asc }]",
    "1:11-81 the file /nowhere/k.asc does not exist | paths in a recipe are seen from the folder that the recipe is in",
  ],

  "extending what does not ship": [
    "extends: pyton",
    '1:10-15 there is no recipe "pyton" | did you mean python?',
  ],
  "extending a version": [
    "extends: cc:12",
    '1:10-15 extends takes a name without a version, not "cc:12" | the release is that of the recipe that is asked for; see the key debian',
  ],
  "extending a file that is not there": [
    "extends: ./nothing.yaml",
    "1:10-24 the file /r/nothing.yaml does not exist | paths in a recipe are seen from the folder that the recipe is in",
  ],
  "extending itself": [
    "extends: ../r/recipe.yaml",
    "1:10-26 the recipe /r/recipe.yaml extends itself | it goes /r/recipe.yaml -> /r/recipe.yaml",
  ],

  "a tab that indents": ["trust:\n\tjava: true", "2:1-2 a tab indents this line | YAML wants spaces there"],
  "a key twice": [
    "name: a\nname: b",
    "2:1-5 the key name is there twice | keep one of them, or join their values",
  ],
  "a key twice, in quotes": [
    'links: { /a: b, "/a": c }',
    '1:17-21 the key "/a" is there twice | keep one of them, or join their values',
  ],
  "two documents": [
    "name: a\n---\nname: b",
    "2:1-4 a second document begins here | a recipe is one document; drop the line ---",
  ],
  "a tag": [
    "name: !!js/function a",
    "1:7-20 this tag means nothing in a recipe | drop the word that begins with !",
  ],
  "an alias of nothing": [
    "cmd: [*a]",
    "1:7-9 this alias stands for nothing | write it out; docs/recipes.md has an example of every key",
  ],
  "a prototype as a key": [
    "environment: { __proto__: a }",
    "1:16-25 this can not be a key | write it out; docs/recipes.md has an example of every key",
  ],
  "a list as a key": [
    "labels: { ? [a] : b }",
    "1:13-16 this can not be a key | write it out; docs/recipes.md has an example of every key",
  ],
};

for (const [name, [text, expected]] of Object.entries(CASES))
  test(`${name} is refused, with its place`, async () => {
    const problem = await problemOf(readText(text));
    if (expected.endsWith("the keys are: ")) assert.equal(problem.slice(0, expected.length), expected);
    else assert.equal(problem, expected);
  });

test("of several mistakes the first in the file is told, a missing key last", async () => {
  const text = "users:\n  - { name: a, uuid: 3 }\npackages: 1\n";
  assert.match(
    await problemOf(readText(text)),
    /^2:16-20 unknown key "uuid" in users\[0\] \| did you mean uid\?/,
  );
});

test("an exclusion of what is named anyway is told, with what takes it away", async () => {
  const own = "packages: [zlib1g, libssl3t64 (>= 3)]\nwithout: [perl*, libssl3t64]";
  assert.equal(
    await problemOf(readText(own)),
    "2:18-28 without libssl3t64 does nothing: packages names it | keep one of the two: what packages names always comes",
  );
  assert.match(
    await problemOf(readText("extends: cc\nreleases: { 13: { without: [libgcc-s1] } }")),
    /^2:29-38 .* \| write remove: \{ packages: \[libgcc-s1\] \}, which takes it away from what .*cc\.yaml names$/,
  );
  const below = {
    "/r/below.yaml": "without: [zlib1g]",
    "/r/recipe.yaml": "extends: below.yaml\npackages: [zlib1g]",
  };
  assert.deepEqual((await readFrom(below)).without, []);
  assert.equal((await readText("packages: [perl-base]\nwithout: [perl*]")).packages.length, 1);
});

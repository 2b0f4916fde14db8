import assert from "node:assert/strict";
import { test } from "node:test";
import { groupText, passwdText } from "./account-files.ts";
import { recipeOf, textOf } from "./fixtures.ts";
import { settings } from "./settings-layer.ts";

const USER = { name: "app", uid: 1000, gid: 1000, gecos: "App", home: "/srv", shell: "/sbin/nologin" };

test("accounts are lines of passwd(5) and group(5), by their numbers", () => {
  const root = { ...USER, name: "root", uid: 0, gid: 0, gecos: "root", home: "/root" };
  assert.equal(
    passwdText([USER, root]),
    "root:x:0:0:root:/root:/sbin/nologin\napp:x:1000:1000:App:/srv:/sbin/nologin\n",
  );
  const groups = [
    { name: "adm", gid: 4, members: ["app", "log"] },
    { name: "root", gid: 0, members: [] },
  ];
  assert.equal(groupText(groups), "root:x:0:\nadm:x:4:app,log\n");
});

test("directories, files and links are what the recipe says, of the time that is given", async () => {
  const recipe = recipeOf({
    users: [USER],
    directories: [{ path: "/srv", mode: 0o2770, uid: 1, gid: 2 }],
    files: [{ path: "/etc/x", mode: 0o640, uid: 3, gid: 4, content: "ä\n" }],
    links: [{ path: "/usr/bin/python", target: "python3" }],
  });
  const placed = settings(recipe, 77);
  assert.deepEqual(
    placed.map(({ entry: { path, kind, mode, uid, gid, mtime, size, link } }) => [
      path,
      kind,
      mode,
      uid,
      gid,
      mtime,
      size,
      link,
    ]),
    [
      ["etc/passwd", "file", 0o644, 0, 0, 77, 39, undefined],
      ["srv", "dir", 0o2770, 1, 2, 77, 0, undefined],
      ["etc/x", "file", 0o640, 3, 4, 77, 3, undefined],
      ["usr/bin/python", "symlink", 0o777, 0, 0, 77, 0, "python3"],
    ],
  );
  assert.equal(await textOf(placed[2]), "ä\n");
  assert.deepEqual(settings(recipeOf({}), 77), []);
});

test("a script of the recipe says what starts it, so that the proof looks for that", () => {
  const content = "#!/bin/sh\n";
  const [script] = settings(recipeOf({ files: [{ path: "/x", mode: 0o755, uid: 0, gid: 0, content }] }), 0);
  assert.deepEqual(script?.program, { kind: "script", interpreter: "/bin/sh" });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CopyAction, MkfileAction } from "../graph/index.ts";
import { failure, historyOf, plan, vertices } from "./fixtures.ts";

type Request = Parameters<typeof plan>[1];

async function actionsOf(text: string, request: Request = {}) {
  const planned = await plan(`FROM x\n${text}`, request);
  return vertices(planned, "file").at(-1)?.op.actions as readonly (CopyAction | MkfileAction)[];
}

test("COPY takes wildcard paths from the context, with the owners that it gives them", async () => {
  const planned = await plan("FROM x\nCOPY a* /b/");
  const [file] = vertices(planned, "file");
  assert.deepEqual(file?.op, {
    type: "file",
    base: 0,
    actions: [
      {
        action: "copy",
        input: 1,
        source: "/a*",
        wildcard: true,
        destination: "/b/",
        keepOwner: true,
        exclude: [],
        unpack: false,
      },
    ],
  });
  assert.deepEqual(
    file?.inputs.map((digest) => planned.graph.vertices.find((vertex) => vertex.digest === digest)?.name),
    ["[1/2] FROM docker.io/library/x:latest", "[internal] load build context"],
  );
  assert.deepEqual(planned.localContexts, ["context"]);
});

test("--link knows no accounts of the image", async () => {
  for (const chown of ["bob", "5:bob", "bob:6"])
    assert.match(await failure(`FROM x\nCOPY --link --chmod=755 --chown=${chown} a /`), /takes numbers/);
  for (const chown of ["5", ":6", "root:0"])
    assert.equal((await actionsOf(`COPY --link --chown=${chown} a /`)).length, 1, chown);
});

test("sources stay within the context, destinations are relative to the working directory", async () => {
  const cases: readonly (readonly [text: string, source: string, destination: string])[] = [
    ["COPY a b", "/a", "/w/b"],
    ["COPY /a /b", "/a", "/b"],
    ["COPY ../../a/./b/ b/", "/a/b", "/w/b/"],
    ["COPY . .", "/", "/w/"],
    ["COPY . ./", "/", "/w/"],
    ["COPY . ..", "/", "/"],
    ["COPY . c/.", "/", "/w/c/"],
    ['COPY ["a b", ""]', "/a b", "/w/"],
    ["COPY $d/x $d/y/", "/D/x", "/w/D/y/"],
    ["COPY a /", "/a", "/"],
  ];
  for (const [text, source, destination] of cases) {
    const [action] = await actionsOf(`ENV d=D\nWORKDIR /w\n${text}`);
    assert.deepEqual(
      [action?.action === "copy" && action.source, action?.destination],
      [source, destination],
      text,
    );
  }
});

test("flags reach the actions and the history", async () => {
  const text = "ENV u=1:2 m=755 x=*.o\nCOPY --chown=$u --chmod=$m --exclude=$x --exclude=b a c /d/";
  const actions = await actionsOf(text);
  assert.deepEqual(
    actions.map((each) => each.action === "copy" && [each.source, each.chown, each.chmod, each.exclude]),
    [
      ["/a", "1:2", "755", ["$x", "b"]],
      ["/c", "1:2", "755", ["$x", "b"]],
    ],
  );
  assert.deepEqual(
    historyOf(await plan(`FROM x\n${text}`)).at(-1),
    "COPY --chown=1:2 --chmod=755 a c /d/ # buildkit",
  );
});

test("modes are octal up to 07777 or symbolic", async () => {
  for (const mode of ["0", "07777", "u=rwX,go=rX", "+x", "a-w", "g=u"])
    assert.equal((await actionsOf(`COPY --chmod=${mode} a b`))[0]?.chmod, mode);
  for (const mode of ["8", "10000", "u=q", "rwx"])
    assert.equal(
      await failure(`FROM x\nCOPY --chmod=${mode} a b`),
      `2:1 user-dockerfile-semantics invalid chmod parameter: '${mode}'. it should be octal string and between 0 and 07777 | write --chmod=755 or --chmod=u=rwX,go=rX`,
    );
});

test("ADD unpacks archives unless it is told not to", async () => {
  const unpacks = async (text: string) => {
    const [action] = await actionsOf(text);
    return action?.action === "copy" && action.unpack;
  };
  assert.deepEqual(
    [await unpacks("ADD a b"), await unpacks("ADD --unpack=false a b"), await unpacks("COPY a b")],
    [true, false, false],
  );
});

test("heredocs become files; unquoted ones are expanded, whatever quotes they hold", async () => {
  const text = `ENV a=1\nCOPY --chmod=600 <<x <<"y" /d/\nit's '$a' "$b" \\$c\nx\nit's $a\ny\n`;
  assert.deepEqual(await actionsOf(text), [
    { action: "mkfile", name: "x", content: `it's '1' "" $c\n`, destination: "/d/", chmod: "600" },
    { action: "mkfile", name: "y", content: "it's $a\n", destination: "/d/", chmod: "600" },
  ]);
  const planned = await plan(`FROM x\n${text}`);
  assert.deepEqual(planned.localContexts, []);
  assert.equal(historyOf(planned).at(-1), "COPY --chmod=600 <<x <<y /d/ # buildkit");
});

test("COPY --from takes a stage by name or number, or an image, with its owners", async () => {
  const sourceOf = async (from: string) => {
    const planned = await plan(`FROM x AS One\nRUN 1\nFROM y\nCOPY --from=${from} a b`);
    const file = vertices(planned, "file").at(-1);
    const [action] = file?.op.actions ?? [];
    const source = planned.graph.vertices.find(({ digest }) => digest === file?.inputs[1]);
    return [source?.name, action?.action === "copy" && action.keepOwner];
  };
  assert.deepEqual(await sourceOf("one"), ["[one 2/2] RUN 1", true]);
  assert.deepEqual(await sourceOf("ONE"), ["[one 2/2] RUN 1", true]);
  assert.deepEqual(await sourceOf("0"), ["[one 2/2] RUN 1", true]);
  assert.deepEqual(await sourceOf("img:1"), ["FROM docker.io/library/img:1", true]);
});

test("--from of nothing that can be copied from is an error", async () => {
  assert.equal(await failure("FROM x\nCOPY --from=b a c\nFROM y AS b"), "no error");
  assert.equal(
    await failure("FROM x AS a\nCOPY --from=b a c\nFROM y AS b\nFROM a"),
    '2:1 resolve-stage cannot copy from stage "b", it needs to be defined before this one | move the stage b above the stage that copies from it',
  );
  assert.equal(
    await failure("FROM x\nCOPY --from=1 a b"),
    "2:1 resolve-stage invalid stage index 1: only the stages before this one can be copied from | this is stage 0, counted from 0",
  );
  assert.match(
    await failure("ARG s=x\nFROM x\nCOPY --from=$s a b"),
    /^3:1 user-dockerfile-semantics variable expansion is not supported for --from, define a new stage/,
  );
});

test("an empty stage can be copied from: it has a root and nothing in it", async () => {
  const { graph } = await plan("FROM scratch AS s\nFROM x\nCOPY --from=s / /to");
  assert.deepEqual(
    Object.values(graph.vertices).map(({ op }) => (op.type === "file" ? op.actions.length : op.type)),
    ["source", 0, 1],
  );
});

test("--link stacks the copy as a layer of its own, not with --chmod", async () => {
  const linked = await plan("FROM x\nCOPY --link a b");
  assert.deepEqual(
    linked.graph.vertices.map(({ op, inputs }) => [op.type, inputs.length, op.type === "file" ? op.base : 0]),
    [
      ["source", 0, 0],
      ["source", 0, 0],
      ["file", 1, -1],
      ["merge", 2, 0],
    ],
  );
  assert.equal(vertices(await plan("FROM x\nCOPY --link --chmod=1 a b"), "merge").length, 0);
  assert.equal(vertices(await plan("FROM scratch\nCOPY --link a b"), "merge").length, 0);
});

test("remote sources are ADD's, become sources of the graph, and take only the flags that fit them", async () => {
  for (const url of ["http://x/y", "https://x/y", "git@x:y", "ssh://x/y"])
    assert.match(
      await failure(`FROM x\nCOPY ${url} a`),
      /^2:1 user-dockerfile-semantics source can't be a URL for COPY: /,
    );
  const sum = `sha256:${"a".repeat(64)}`;
  const planned = await plan(
    `FROM scratch\nADD --checksum=${sum} https://x/y/z.tar a/\nADD --keep-git-dir https://h/r.git#v1 b\nADD local c`,
  );
  assert.deepEqual(
    vertices(planned, "source").map(({ op }) => [op.identifier, op.attributes]),
    [
      ["https://x/y/z.tar", { checksum: sum }],
      ["git+https://h/r.git#v1", { "keep-git-dir": "true" }],
      ["local://context", undefined],
    ],
  );
  const actions = vertices(planned, "file").flatMap(({ op }) => op.actions);
  assert.deepEqual(
    actions.map((action) => action.action === "copy" && [action.source, action.destination, action.unpack]),
    [
      ["/z.tar", "/a/", false],
      ["/", "/b", false],
      ["/local", "/c", true],
    ],
  );
  for (const [line, message] of [
    [`ADD --checksum=${sum} a b`, "checksum can only be specified for HTTP(S) and Git sources"],
    [`ADD --checksum=${sum} http://x/a http://x/b c/`, "checksum can't be specified for multiple sources"],
    ["ADD --checksum=md5:1 http://x/a b", 'invalid checksum "md5:1"'],
  ])
    assert.ok((await failure(`FROM scratch\n${line}`)).includes(message as string), line);
});

test("--parents asks for a pattern below the pivot", async () => {
  const planned = await plan("FROM scratch\nCOPY --parents x/./y/*.c z /d/");
  const [file] = vertices(planned, "file");
  assert.deepEqual(
    file?.op.actions.map(
      (action) => action.action === "copy" && [action.source, action.include, action.destination],
    ),
    [
      ["/x", ["y/*.c"], "/d/"],
      ["/", ["z"], "/d/"],
    ],
  );
});

test("errors of expansion have the place of their instruction", async () => {
  assert.match(
    await failure("FROM x\n\nCOPY ${a:?say} b"),
    /^3:1 user-dockerfile-syntax failed to process "\$\{a:\?say\}": a: say/,
  );
  assert.match(await failure("FROM x\nCOPY ${a b c"), /\| write \\\$ for a dollar sign/);
  assert.match(await failure("FROM x\nCOPY 'a b c"), /\| close the quote/);
});

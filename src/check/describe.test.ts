import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/index.ts";
import { describeDockerfile } from "./describe.ts";

function described(
  source: string,
  given: { readonly target?: string; readonly buildArgs?: Record<string, string> } = {},
) {
  const { dockerfile } = parseDockerfile(source, { file: "Dockerfile" });
  const request = { file: "Dockerfile", source, buildArgs: {}, namedContexts: {} };
  const platform = { os: "linux", architecture: "amd64" };
  return describeDockerfile({ ...request, platform, dockerfile, ...given });
}

/** `NAME=value line`, each argument. */
function args(source: string, given: Parameters<typeof described>[1] = {}): readonly string[] {
  return described(source, given).outline.args.map(
    ({ name, value = "", range }) => `${name}=${value} ${range.start.line}`,
  );
}

test("targets are all stages, with what is written", () => {
  const source = `# one is the first
FROM --platform=$X \\
  base AS One
FROM one
`;
  assert.deepEqual(
    described(source).targets.map(({ range, ...target }) => [target, range.start.line, range.end.line]),
    [
      [{ name: "one", description: "is the first", default: false, base: "base", platform: "$X" }, 2, 3],
      [{ default: true, base: "one" }, 4, 4],
    ],
  );
});

test("arguments are those that the target and what it needs use, with their defaults", () => {
  const source = `ARG BASE=scratch
ARG UNUSED=1
ARG A=1
ARG B=$A
ARG B=\${B}2
FROM $BASE AS one
ARG B
ARG OTHER="o p"
FROM scratch AS unneeded
ARG NO
FROM scratch AS last
# C is for this
ARG C=\${B:-none}
COPY --from=one /a /b
`;
  assert.deepEqual(args(source), ["BASE=scratch 1", "A=1 3", "B=12 5", "OTHER=o p 8", "C=none 13"]);
  assert.equal(described(source).outline.args.at(-1)?.description, "is for this");
  assert.deepEqual(args(source, { target: "unneeded" }), ["NO= 10"]);
  assert.deepEqual(args(source, { target: "ONE", buildArgs: { B: "8" } }), [
    "BASE=scratch 1",
    "B=8 7",
    "OTHER=o p 8",
  ]);
});

test("a stage goes on from what its parent declared; platform arguments are not asked for", () => {
  const source = `FROM scratch AS a
ARG V=1 W=$V
FROM a
ARG V=2
ARG TARGETARCH
ARG http_proxy
`;
  assert.deepEqual(args(source), ["W=1 2", "V=2 4", "http_proxy= 6"]);
});

test("secrets and agents are told once, as the first step that uses them does", () => {
  const source = `FROM scratch AS a
RUN --mount=type=secret,id=s,required x
RUN --mount=type=secret,id=s --mount=type=secret,target=/x/key.pem x
FROM a
ARG N=git
RUN --mount=type=ssh --mount=type=ssh,id=$N,required=true --mount=type=cache,target=/c x
`;
  const { secrets, ssh } = described(source).outline;
  const shown = [...secrets, ...ssh].map(
    ({ name, required, range }) => `${name} ${required} ${range.start.line}`,
  );
  assert.deepEqual(shown, ["s true 2", "key.pem false 3", "default false 6", "git true 6"]);
});

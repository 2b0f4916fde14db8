import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Entry, scanDirectory } from "../src/tree/index.ts";
import { BASE, buildImage, folder, has, rootTest, run } from "./harness.ts";

const skip = !(has("buildah") && has("umoci") && has("runc")) && "buildah, umoci or runc is missing";

/** Files with every kind of difficulty that a context can have. */
const FILES = {
  "a.txt": "a",
  "b.md": "b",
  "dir/one": "1",
  "dir/sub/two": "2",
  "dir/sub/script.sh": "#!/bin/sh\n",
  "empty/.keep": "",
  "name with space": "s",
  link: (path: string) => symlinkSync("dir/one", path),
  "dir/inner-link": (path: string) => symlinkSync("sub/two", path),
  "linked/first": "same",
  "linked/second": (path: string) => linkSync(path.replace("second", "first"), path),
  modes: (path: string) => {
    mkdirSync(path);
    chmodSync(path, 0o1777);
  },
};

const COPIES = `FROM scratch
COPY a.txt /
COPY a.txt /renamed.txt
COPY a.txt b.md /many/
COPY dir /dir
COPY dir/ /dir2/
COPY dir/sub /dir
COPY *.txt *.md /wild/
COPY link /followed
COPY dir/inner-link /inner
COPY ["name with space", "/spaces in name/"]
COPY linked /linked
COPY --chown=1000:2000 a.txt /owned/by/a.txt
COPY --chmod=640 a.txt /moded.txt
WORKDIR /work/dir
COPY a.txt .
COPY b.md ./renamed.md
WORKDIR sub
COPY a.txt ../up.txt
ADD a.txt /added/
ADD archive.tar.gz /unpacked/
ADD archive.tar.gz /unpacked2
`;

const RUNS = `FROM localhost/tare-base
RUN echo x > /x && ln /x /y && ln -s /x /z && chmod 4755 /x && chown 1234:70000 /x
RUN rm -rf /var/lib/dpkg/info && mkdir /var/lib/dpkg/info && echo new > /var/lib/dpkg/info/new
RUN rm -rf /usr/share/doc && ln -s /usr/share/man /usr/share/doc && mkfifo /fifo
RUN mv /etc/skel /etc/skeleton && touch -d @1000 /etc/skeleton/.profile
RUN chmod 700 /etc/cron.daily && true
`;

rootTest("copies give the tree that Buildah gives", { skip }, async () => {
  using context = folder({ ...FILES, Dockerfile: COPIES });
  await run("tar", ["-C", context.path, "-czf", join(context.path, "archive.tar.gz"), "dir", "a.txt"]);
  await compare(context.path, "copies");
});

rootTest("steps give the tree that Buildah gives", { skip }, async () => {
  using base = folder({ Dockerfile: `FROM ${BASE}\nRUN true\n` });
  const archive = join(base.path, "base.tar");
  await buildImage({
    context: base.path,
    tags: ["localhost/tare-base"],
    outputs: [{ type: "docker", dest: archive }],
  });
  await run("buildah", ["pull", `docker-archive:${archive}`]);
  using context = folder({ Dockerfile: RUNS });
  await compare(context.path, "steps");
});

async function compare(context: string, name: string): Promise<void> {
  using work = folder({});
  await buildImage({
    context,
    outputs: [{ type: "oci", dest: join(work.path, "tare"), tar: false }],
    tags: [`tare-compare-${name}`],
    noCache: true,
  });
  await run("buildah", [
    "--runtime",
    "runc",
    "bud",
    "--layers=false",
    "--no-cache",
    "-t",
    `oracle-${name}`,
    context,
  ]);
  await run("umoci", ["unpack", "--image", `${join(work.path, "tare")}:latest`, join(work.path, "ours")]);
  const { stdout: container } = await run("buildah", ["from", "--pull-never", `oracle-${name}`]);
  try {
    const { stdout: theirs } = await run("buildah", ["mount", container.trim()]);
    assert.deepEqual(await entriesIn(join(work.path, "ours/rootfs")), await entriesIn(theirs.trim()));
  } finally {
    await run("buildah", ["rm", container.trim()]);
  }
}

/** Buildah leaves the empty files that it mounts over, and makes folders that only it needs. */
const MOUNT_POINTS = /^(etc\/(hosts|hostname|resolv\.conf)|run\/\.containerenv) /;

/** Every entry as one line, without times; directories that only exist for others keep their facts. */
async function entriesIn(root: string): Promise<readonly string[]> {
  const scanned = await scanDirectory(root, { xattrs: true });
  return scanned.map(describe).filter((line) => !line.startsWith(" ") && !MOUNT_POINTS.test(line));
}

function describe({ path, kind, mode, uid, gid, size, link = "" }: Entry): string {
  return `${path} ${kind} ${mode.toString(8)} ${uid}:${gid} ${kind === "dir" ? "" : size} ${link}`;
}

import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../src/archive/index.ts";
import { BASE, type folder } from "./harness.ts";

type Files = Parameters<typeof folder>[0];

/**
 * A Dockerfile that Tare and Docker build alike, or refuse alike. Nothing that Docker 20.10 does not know yet (heredocs,
 * --link, symbolic modes), that it does differently from today's BuildKit (--chmod of new parents, the time of a
 * context's directories), or that docs/compatibility.md has as different on purpose.
 */
export interface BuildCase {
  readonly name: string;
  readonly dockerfile: string;
  /** Besides `CONTEXT`. */
  readonly files?: Files;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** An image that both build first, for FROM. */
  readonly base?: { readonly name: string; readonly dockerfile: string };
  /** What both say, as both fail. */
  readonly fails?: RegExp;
}

/** The image that most cases stand on. */
export const BASE_NAME = "localhost/tare-docker-base";

const PROGRAMS =
  "sh ls cat ln rm mv cp mkdir rmdir chmod chown touch id env mkfifo mknod stat sort grep readlink truncate";

/** A shell, coreutils, accounts, and in /data what is hard to copy onto. */
export const SMALL_BASE = `FROM ${BASE} AS full
RUN mkdir -p /o/bin /o/etc /o/dev /o/proc /o/sys /o/tmp /o/opt /o/root && chmod 1777 /o/tmp && chmod 700 /o/root
RUN for p in ${PROGRAMS}; do cp -L $(command -v $p) /o/bin/; done; cp /usr/bin/true /usr/bin/pwd /o/bin/
RUN for l in $(ldd /o/bin/* | grep -o '/[^ ]*' | grep -v : | sort -u); do mkdir -p /o$(dirname $l); cp -L $l /o$l; done
RUN printf 'root:x:0:0::/root:/bin/sh\\nbob:x:1000:1001::/home/bob:/bin/sh\\n' > /o/etc/passwd
RUN printf 'root:x:0:\\nbob:x:1001:\\nextra:x:2000:bob\\nmore:x:2001:bob\\n' > /o/etc/group
RUN mkdir -p /o/data/sub/deep /o/owned && cd /o/data && echo a > a && echo b > sub/b && echo c > sub/deep/c \\
  && ln -s sub dirlink && ln -s a filelink && ln -s /nowhere dangling && ln a hard && chmod 4755 sub/b \\
  && ln -s /data/sub ../abslink && ln -s data ../rellink && chown 1000:1001 ../owned && chmod 750 ../owned
FROM scratch
COPY --from=full /o /
ENV FROM_BASE=base
CMD ["base-cmd"]
`;

const link = (target: string) => (path: string) => symlinkSync(target, path);

/** The files of every context. */
export const CONTEXT: Files = {
  "a.txt": "a",
  "b.md": "b",
  "c.txt": "c",
  "dir/one": "1",
  "dir/sub/two": "2",
  "dir/.dot": "d",
  "dir/inner": link("sub/two"),
  "dir/innerdir": link("sub"),
  "dir/innerdang": link("zip"),
  "dir/innerabs": link("/etc/passwd"),
  "ü ñ/ço dé": "u",
  link: link("dir/one"),
  dirlink: link("dir"),
  dangling: link("nowhere"),
  escape: link("../../../dir/one"),
  "names/first": "same",
  "names/second": (path) => linkSync(path.replace("second", "first"), path),
  "modes/tool": (path) => {
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, 0o4755);
  },
  "modes/empty": (path) => {
    mkdirSync(path);
    chmodSync(path, 0o1777);
    chmodSync(join(path, ".."), 0o700);
  },
  "wild/a1": "1",
  "wild/a2": "2",
  "wild/b1": "3",
  "[odd]": "o",
};

/** An archive of a small tree, as tar(1) makes it. */
function archive(...options: readonly string[]) {
  return (path: string) => {
    const work = mkdtempSync(join(tmpdir(), "tare-archive-"));
    mkdirSync(join(work, "t/u"), { recursive: true });
    chmodSync(join(work, "t"), 0o700);
    writeFileSync(join(work, "f"), "f");
    writeFileSync(join(work, "t/g"), "g");
    symlinkSync("t/g", join(work, "l"));
    linkSync(join(work, "f"), join(work, "h"));
    execFileSync("tar", [
      "-C",
      work,
      "--mtime=@900000000",
      "--owner=1234",
      "--group=5678",
      ...options,
      "-cf",
      path,
      ".",
    ]);
    rmSync(work, { recursive: true });
  };
}

/** An archive of these members, however odd. */
function members(
  ...headers: readonly (Partial<TarHeader> & { readonly name: string; readonly content?: string })[]
) {
  const parts = headers.map(({ content = "", ...facts }) => {
    const common = {
      type: "file",
      mode: 0o640,
      uid: 5,
      gid: 6,
      uname: "",
      gname: "",
      mtime: 7,
      linkname: "",
    } as const;
    const header: TarHeader = { ...common, size: content.length, ...facts };
    return Buffer.concat([encodeTarHeader(header), Buffer.from(content), tarPadding(content.length)]);
  });
  return (path: string) => writeFileSync(path, Buffer.concat([...parts, TAR_END]));
}

const CAPABILITY = { "security.capability": Buffer.from("0100000200040000000000000000000000000000", "hex") };

const onScratch = (name: string, body: string, more: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: `FROM scratch\n${body}\n`,
  ...more,
});
const onBase = (name: string, body: string, more: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: `FROM ${BASE_NAME}\n${body}\n`,
  ...more,
});
const ignoring = (name: string, patterns: string): BuildCase =>
  onScratch(`.dockerignore: ${name}`, "COPY . /x", {
    files: { ".dockerignore": patterns, "README.md": "r", "README-secret.md": "s" },
  });

const SOURCES: readonly BuildCase[] = [
  onScratch(
    "files to files, directories, and names of their own",
    "COPY a.txt /\nCOPY a.txt x/y/z\nCOPY a.txt b.md /m/n/\nCOPY a.txt ./",
  ),
  onScratch(
    "a directory gives its content",
    "COPY dir /\nCOPY dir/ /d/e/f\nCOPY dir names /both/\nCOPY . /all",
  ),
  onScratch(
    "paths stay in the context",
    "COPY ../a.txt /x\nCOPY dir/../../b.md /y\nCOPY /dir/one /z\nCOPY escape /e",
  ),
  onScratch(
    "wildcards",
    "COPY *.txt b* /w/\nCOPY wild/[a]? /class/\nCOPY wild/[^a]* d*/sub/t?o /mid/\nCOPY nope* /none/",
  ),
  onScratch("a wildcard may be a name", 'COPY [[]odd] /x/\nCOPY ["[[]odd]", "/y/"]'),
  onScratch("names with spaces and beyond ASCII", 'COPY ["ü ñ/ço dé", "/ø x/"]\nCOPY ["ü ñ", "/ü"]'),
  onScratch(
    "a link is followed at the top, kept inside",
    "COPY link /x/\nCOPY dirlink /d\nCOPY dirlink/sub/two dir/inner /y/\nCOPY dir/innerdir /z",
  ),
  onScratch(
    "modes and names of one file",
    "COPY modes /m\nCOPY modes/tool names /n/\nCOPY names/second /one/",
  ),
  onScratch("a link to nothing can not be copied", "COPY dangling /x", { fails: /not found/ }),
  onScratch("what is missing is named", "COPY a.txt nope /x/", { fails: /"?\/nope"?:? not found/ }),
  onScratch("a wildcard that only one name lacks", "COPY wild/b* /x\nCOPY a.txt nope* /y/"),
];

const DESTINATIONS: readonly BuildCase[] = [
  onScratch(
    "a file on a file, a directory on a directory",
    "COPY a.txt /x\nCOPY b.md /x\nCOPY dir /d\nCOPY names /d\nCOPY a.txt /d",
  ),
  onScratch("directories on files", "COPY a.txt /x\nCOPY dir /x", { fails: /not a directory|non-directory/ }),
  onScratch("a directory inside on a file", "COPY a.txt /x/sub\nCOPY dir /x", {
    fails: /cannot copy to non-directory.*\/x\/sub/,
  }),
  onScratch("a file on a directory inside", "COPY dir /x/one\nCOPY dir /x", {
    fails: /cannot replace to directory.*\/x\/one with file/,
  }),
  onScratch(
    "links of the destination are followed",
    "COPY dir /x\nCOPY names /x/innerdir\nCOPY a.txt /x/innerdang\nCOPY b.md /x/innerabs",
  ),
  onScratch("links inside a tree are replaced", "COPY dir /x\nCOPY a.txt /y/inner\nCOPY dir /y\nCOPY dir /x"),
  onBase(
    "links of the base",
    "COPY a.txt /data/dirlink/\nCOPY a.txt /data/filelink\nCOPY b.md /data/dangling\nCOPY dir /abslink\nCOPY dir /rellink/new",
  ),
  onBase(
    "a name of two, and what belongs to others",
    "COPY b.md /data/hard\nCOPY b.md /data/sub/b\nCOPY a.txt dir /owned/\nCOPY modes /root",
  ),
  onBase("a way through a file", "COPY a.txt /data/a/x", { fails: /not a directory/ }),
  onScratch(
    "relative to the working directory",
    "WORKDIR /a/b\nCOPY a.txt .\nCOPY dir ./\nCOPY b.md ../../../x\nCOPY c.txt ../c/",
  ),
  onScratch(
    "one file by way of several sources",
    "COPY names names/first a.txt /x/\nCOPY a.txt a.* *.txt /y/",
  ),
];

const OWNERS: readonly BuildCase[] = [
  onBase(
    "owners by number",
    "COPY --chown=5:6 a.txt /n/m/\nCOPY --chown=7 dir /o/p\nCOPY --chown=1000 a.txt /q\nCOPY --chown=:5 a.txt /r/",
  ),
  onBase(
    "owners by name",
    "ENV U=bob\nCOPY --chown=$U dir names /n/\nADD --chown=bob:extra a.txt /o/p\nCOPY --chown=5:more a.txt /r",
  ),
  onScratch("root needs no account", "COPY --chown=root:root a.txt /n/m/\nCOPY --chown=root dir /d"),
  onBase(
    "existing directories keep theirs",
    "COPY --chown=bob dir /data\nCOPY --chown=5 a.txt /owned/\nUSER bob\nCOPY a.txt /tmp/x/",
  ),
  onBase(
    "modes",
    "COPY --chmod=640 a.txt /data/\nCOPY --chmod=750 dir /data\nCOPY --chmod=604 --chown=3:4 b.md /opt/",
  ),
];

const STAGE = `FROM ${BASE_NAME} AS one
RUN mkdir -p /s/t/u && echo f > /s/f && echo g > /s/t/g && chown -R 1000:1001 /s && chown 3:4 /s/t && chmod 700 /s/t
RUN ln -s t/g /s/l && ln -s t /s/tl && ln /s/f /s/h && ln -s /s/f /s/abs && ln -s /s /sl && chmod 2755 /s
RUN rm -r /data/sub && mkdir /data/sub && touch -d @1000000000 /data/sub/z
FROM scratch
`;

const STAGES: readonly BuildCase[] = [
  {
    name: "--from a stage keeps owners below the top",
    dockerfile: `${STAGE}COPY --from=one /s /x\nCOPY --from=0 s/ /y/z/\nCOPY --from=ONE /s/t /w`,
  },
  {
    name: "--from follows links inside the stage",
    dockerfile: `${STAGE}COPY --from=one /sl/t/g /s/abs /s/l /x/\nCOPY --from=one /sl /y\nCOPY --from=one /s/t* /z/`,
  },
  {
    name: "--from sees what steps removed",
    dockerfile: `${STAGE}COPY --from=one /data /x\nCOPY --from=one --chown=9:8 /s /y\nCOPY --from=${BASE_NAME} /owned /z`,
  },
  {
    name: "--from what a step removed",
    dockerfile: `${STAGE}COPY --from=one /data/sub/deep /x`,
    fails: /"\/data\/sub\/deep"/,
  },
  {
    name: "--from a stage with nothing in it",
    dockerfile: "FROM scratch AS e\nFROM scratch\nCOPY --from=e / /x\nCOPY a.txt /",
  },
  {
    name: "a diamond of stages",
    dockerfile: `FROM ${BASE_NAME} AS a\nRUN echo 1 > /1\nFROM a AS b\nRUN echo 2 > /2\nFROM a AS c\nRUN echo 3 > /3\nFROM a\nCOPY --from=b /2 /\nCOPY --from=c /3 /\nCOPY --from=b /1 /one`,
  },
  {
    name: "--target, and stages that nothing needs",
    dockerfile: "FROM nosuch.invalid/x AS a\nRUN x\nFROM scratch AS Bb\nCOPY a.txt /\nFROM a",
    target: "bB",
  },
  {
    name: "a target that is not there",
    dockerfile: "FROM scratch AS a\nCOPY a.txt /",
    target: "zz",
    fails: /target stage "?zz"? could not be found/,
  },
];

const ARCHIVES: readonly BuildCase[] = [
  onScratch(
    "ADD unpacks by content",
    "ADD t.tar t.gz t.bz2 t.xz noext fake.tar.gz /x/\nADD t.gz /y\nCOPY t.tar /z/",
    {
      files: {
        "t.tar": archive(),
        "t.gz": archive("-z"),
        "t.bz2": archive("-j"),
        "t.xz": archive("-J"),
        noext: archive("--exclude=./t"),
        "fake.tar.gz": "text",
      },
    },
  ),
  onScratch("two archives that have the same names", "ADD 1.tar 2.tar /x/", {
    files: {
      "1.tar": members(
        { name: "f", content: "old" },
        { name: "h", type: "hardlink", linkname: "f" },
        { name: "g", content: "g" },
      ),
      "2.tar": members({ name: "f", content: "new one" }),
    },
  }),
  onBase(
    "an archive on what is there",
    "COPY dir /x/f\nCOPY a.txt /x/t\nADD t.tar /x\nADD t.tar /rellink/\nADD t.tar /owned",
    { files: { "t.tar": archive() } },
  ),
  onScratch("odd archives", "ADD 1.tar /x", {
    files: {
      "1.tar": members(
        { name: "/abs", content: "1" },
        { name: "a/../b", content: "2" },
        { name: "d", type: "dir", mode: 0o700 },
        { name: "dl", type: "symlink", linkname: "d" },
        { name: "dl/in", content: "3" },
        { name: "p/q", content: "4" },
        { name: "abs", content: "55" },
      ),
    },
  }),
  onBase(
    "capabilities",
    "ADD 1.tar /c/\nRUN mv /c/cap /c/moved && cp -a /c/cap2 /c/copy && chown 5 /c/cap2",
    {
      files: {
        "1.tar": members(
          { name: "cap", content: "x", xattrs: CAPABILITY },
          { name: "cap2", content: "y", xattrs: CAPABILITY },
        ),
      },
    },
  ),
];

const STEPS: readonly BuildCase[] = [
  onBase(
    "nothing, and things that go again",
    "RUN true\nRUN true\nRUN echo x > /tmp/x && rm /tmp/x && mkdir -p /n/m && rm -r /n",
  ),
  onBase("deleting", "RUN rm /data/a /data/filelink\nRUN rm -r /data/sub\nRUN rm -rf /data/* /owned"),
  onBase(
    "deleting and making again",
    "RUN rm -r /data/sub && mkdir /data/sub && echo n > /data/sub/n\nRUN rm /data/a && echo a > /data/a\nRUN rm -r /data && mkdir /data",
  ),
  onBase(
    "renaming",
    "RUN mv /data/a /data/z && mv /data/sub /opt/\nRUN mv /data /moved && ln -s moved /data\nCOPY a.txt /data/new",
  ),
  onBase(
    "another kind of file, and back",
    "RUN rm -r /data/sub && ln -s /etc /data/sub && rm /data/a && mkdir /data/a && echo x > /data/a/b\nRUN rm /data/sub && mkdir -p /data/sub/deep && rm -r /data/a && echo f > /data/a",
  ),
  onBase(
    "only facts",
    "RUN chmod 600 /data/a && chmod 2700 /data/sub && chown 5:6 /data/sub/b && chown -h 7 /data/filelink\nRUN touch -d @1000000000 /data/a && touch -h -d @999999999 /data/filelink",
  ),
  onBase(
    "names of one file",
    "RUN echo x > /x && mkdir /z && ln /x /z/w && ln /x /y && rm /x\nRUN ln /data/sub/deep/c /c\nRUN echo more >> /data/a",
  ),
  onBase(
    "names across layers",
    "COPY a.txt /n/one\nRUN ln /n/one /n/two\nRUN ln /n/two /n/three\nRUN echo x >> /n/two",
  ),
  onBase(
    "all kinds of files",
    "RUN mkfifo /fifo && mknod /node c 1 3 && mknod /blk b 7 0 && truncate -s 100000 /sparse && touch -d @0 /old\nRUN touch '/a*b' '/c\\\\d' '/ lead' /.whatever && mkdir -m 0 /dark && touch /big && chown 3000000:4000000 /big",
  ),
  onBase(
    "mount points",
    "RUN cat /etc/resolv.conf /etc/hosts > /dev/null; ls -A /etc > /out; ls -A / >> /out\nRUN echo own > /etc/hostname; echo x > /dev/shm/x; mkdir /dev/new; ls -d /proc /sys",
  ),
  onBase(
    "what a step sees",
    "RUN id > /out; umask >> /out; pwd >> /out; env | grep -v HOSTNAME | sort >> /out; grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status >> /out",
  ),
  onBase(
    "users",
    "RUN mkdir -p /home/bob && chown bob /home/bob\nUSER bob\nWORKDIR /home/bob\nRUN id > who; echo $HOME >> who\nUSER 1000:2001\nRUN id >> who\nUSER bob:\nRUN id -G >> who\nUSER 4321\nRUN id > /tmp/who",
  ),
  onBase("a step without rights", "USER bob\nRUN touch /x", { fails: /exit code: 1/ }),
  onBase("a step that ends with an error", "RUN true && exit 42", { fails: /exit code: 42/ }),
  onBase("a user who is not there", "USER nobodyhere\nRUN true", { fails: /user "?nobodyhere"?:? no/ }),
  onBase(
    "layers upon layers",
    "COPY dir /n/d\nRUN chmod 700 /n && rm -r /n/d/sub\nCOPY a.txt /n/\nCOPY dir /n/d\nRUN rm -r /n/d && mkdir -m 750 /n/d\nCOPY a.txt /n/d/e/",
  ),
  onBase(
    "the same layer twice",
    "COPY dir /x\nCOPY dir /x\nRUN rm /x/one\nCOPY dir /x\nWORKDIR /data\nWORKDIR /data\nRUN ls /x > out",
  ),
  onBase(
    "working directories",
    "WORKDIR /a\nWORKDIR b\nUSER bob:extra\nWORKDIR ../c/./d/\nRUN pwd > out\nWORKDIR /owned\nWORKDIR /rellink/new\nWORKDIR /x/../y//z\nCOPY a.txt .",
  ),
];

const VARIABLES: readonly BuildCase[] = [
  onScratch(
    "ENV",
    `COPY a.txt /\nENV a b  c\nENV D=1 E="x y" F=x\\ y G='$a' H="it's" I="q\\"q" J=\\$a\nENV D=2 K=$D L=\${a} M=\${nope:-d} N=\${a:+p} O=\${D}_$D.$D- PATH=/x:$PATH Q=\nENV b "x y" z\nENV R=a\\ \\\n# comment\n  S=b`,
  ),
  onBase(
    "ARG",
    'ARG A=1\nARG B=$A.2 C="x y" Z\nRUN echo "$A $B $C [$Z]" > /out\nENV E=$B\nENV A=env\nRUN echo $A > /out2\nARG A=later\nENV F=$A',
  ),
  {
    name: "ARG of the whole file and of stages",
    dockerfile: `ARG T=docker-base\nFROM localhost/tare-\${T} AS a\nARG T=own\nRUN echo "[$T]" > /out\nFROM \${NOPE:-a}\nENV E=$FROM_BASE$T`,
  },
  onBase(
    "build arguments win over ENV, and stay out of the config",
    'ENV B=env\nARG B=1\nRUN echo "$B" > /out\nENV C=$B',
    { buildArgs: { B: "1", http_proxy: "http://nope" } },
  ),
  onScratch("a variable that must be there", `ENV a=\${nope:?needed}`, { fails: /nope: needed/ }),
  onBase(
    "expansion in other instructions",
    `ARG D=/q\nENV P=99 N="a b"\nCOPY a.txt $D/x\nADD \${NOPE:-b.md} "\${D}/$N/"\nWORKDIR $D/\${NOPE}/w\nEXPOSE $P \${P}0/udp\nLABEL a=$P "$N"=v\nVOLUME $D /v\nSTOPSIGNAL SIG\${NOPE:-INT}\nUSER \${NOPE:-bob}\nCMD echo $P`,
  ),
];

const METADATA: readonly BuildCase[] = [
  onScratch(
    "metadata",
    'COPY a.txt /\nLABEL a=1 b="x y" "c d"=e\nLABEL a=2\nLABEL legacy some text\nEXPOSE 80 443/tcp 53/UDP 8000-8002\nVOLUME /a /b\nVOLUME ["/c d", "e"]\nSTOPSIGNAL 9\nMAINTAINER A B <c@d>\nHEALTHCHECK --interval=1m30s --timeout=100ms --retries=3 CMD curl x || exit 1\nSHELL ["/bin/x", "-y"]\nCMD foo\nENTRYPOINT ["bar", "b\\tc", "ü<&>"]',
  ),
  onBase("ENTRYPOINT drops the CMD of a base", 'ENTRYPOINT ["e"]'),
  onBase("ENTRYPOINT keeps the CMD of its stage", 'CMD ["c"]\nENTRYPOINT e # no comment\nHEALTHCHECK NONE'),
  {
    name: "stages inherit",
    dockerfile: `FROM ${BASE_NAME} AS a\nENV A=1\nLABEL l=1\nEXPOSE 1\nVOLUME /v\nSTOPSIGNAL 3\nHEALTHCHECK CMD ["h"]\nSHELL ["/bin/sh","-ec"]\nUSER bob\nWORKDIR /home/bob\nCMD c\nENTRYPOINT e\nMAINTAINER me\nFROM a\nENV B=$A\nLABEL m=2\nEXPOSE 2\nVOLUME /w\nRUN echo $- > f\nCMD ["d"]`,
  },
  onBase(
    "ONBUILD is written down",
    'ONBUILD COPY --chown=1 . /x\nonbuild RUN a \\\n  && b\nONBUILD CMD ["a"]',
  ),
  {
    name: "ONBUILD of a base",
    dockerfile: "FROM localhost/tare-docker-onbuild\nRUN ls /w > /out\nENV C=$A",
    base: {
      name: "localhost/tare-docker-onbuild",
      dockerfile: `FROM ${BASE_NAME}\nWORKDIR /home/bob\nONBUILD ARG V=1\nONBUILD ENV A=$V\nONBUILD WORKDIR /w\nONBUILD COPY a.txt ./\nONBUILD RUN echo $A > env\nONBUILD LABEL l=1\n`,
    },
  },
  onScratch("ONBUILD of ONBUILD", "ONBUILD ONBUILD RUN x", { fails: /Chaining ONBUILD/ }),
];

const SYNTAX: readonly BuildCase[] = [
  {
    name: "keywords, indents and comments",
    dockerfile: `# just=text\nFrom ${BASE_NAME} as X\n  # c\n\tcopy a.txt /\n  RUN   echo a  "b  c" # d > /out\nRUN echo 1 && \\\n  # gone\n\n    echo '# 2' > /out2\ncmd   [ "a" ,"b" ]  \nLabel A=b`,
  },
  {
    name: "continuations",
    dockerfile: `FROM ${BASE_NAME}\nRU\\\nN echo a > /o\\\nut\nRUN echo b \\  \n c > /out2\nENV a=1 \\\n b=2\nRUN echo end > /out3 \\`,
  },
  {
    name: "another escape character",
    dockerfile: `# escape=\`\nFROM ${BASE_NAME}\nRUN echo a \`\n b\\\\c > /out\nENV A=\`$x B=a\` b C=a\\b`,
  },
  {
    name: "lines that end in CR LF, after a byte order mark",
    dockerfile: "\ufeffFROM scratch\r\nENV a=1 \\\r\n b=2\r\nCOPY a.txt /\r\n",
  },
  onBase("JSON that is none is for the shell", "RUN ['/bin/true']", { fails: /exit code: 127/ }),
  onScratch("an instruction that is none", "FOO bar", { fails: /unknown instruction: FOO/ }),
  onScratch("a flag that is none", "COPY --nope=1 a.txt /", { fails: /unknown flag: (--)?nope/i }),
];

const IGNORED: readonly BuildCase[] = [
  ignoring("files anywhere", "**/*o*\n*.txt\n# b.md\n  wild  "),
  ignoring("all but", "*\n!a.txt\n!dir/sub"),
  ignoring(
    "the last line wins",
    "*.md\n!README*.md\nREADME-secret.md\n/dir/./one\nwild/a?\nwild/../names/first",
  ),
  ignoring("what is in a directory", "dir/*\n!dir/one\nwild/\nDockerfile\n.dockerignore\n"),
  onScratch(".dockerignore: a source", "COPY a.txt /x", {
    files: { ".dockerignore": "*.txt" },
    fails: /"\/a\.txt"/,
  }),
];

export const buildCases: readonly BuildCase[] = [
  ...SOURCES,
  ...DESTINATIONS,
  ...OWNERS,
  ...STAGES,
  ...ARCHIVES,
  ...STEPS,
  ...VARIABLES,
  ...METADATA,
  ...SYNTAX,
  ...IGNORED,
];

import { baseName } from "../tree/index.ts";
import type { AnalysedFile, ImageAnalysis, ToolKind } from "./types.ts";

// What an attacker would find, as data: which names are tools of which kind, and what each finding weighs.

/** Names of programs by what they are good for; `*` stands for a version: `python3.11`, `perl5.36.0`, `gcc-12`. */
export const TOOL_NAMES: Readonly<Record<ToolKind, string>> = {
  shell: "sh bash rbash dash ash zsh ksh mksh fish csh tcsh busybox toybox pwsh",
  "package-manager":
    "apt apt-get aptitude dpkg apk yum dnf microdnf tdnf rpm zypper pacman opkg nix-env pip* pipx uv conda npm npx yarn pnpm corepack gem bundle composer cargo cpan",
  interpreter:
    "python* pypy* perl* ruby* node nodejs deno bun php* lua* luajit tclsh* gawk mawk java R Rscript",
  compiler: "gcc* g++* cc c++ clang* clang++* ld as make cmake go rustc javac tcc cpp*",
  network:
    "curl wget nc ncat netcat nc.traditional nc.openbsd socat ssh scp sftp rsync ftp tftp telnet nmap tcpdump dig nslookup host ip ifconfig openssl git",
  privilege:
    "su sudo doas runuser pkexec mount umount chroot pivot_root nsenter unshare setpriv capsh gdb strace ltrace docker podman kubectl crun runc ctr",
  file: "ls cat cp mv rm ln find grep egrep sed tar cpio dd chmod chown touch mkdir tee head tail base64 xxd od vi vim nano ed less more xargs env install",
  service: "sshd dropbear telnetd in.telnetd vsftpd cron crond systemd init supervisord rsyslogd",
};

/** One kind of finding. */
export interface AttackRule {
  readonly id: string;
  readonly title: string;
  /** Points for each finding. */
  readonly weight: number;
  /** Points at most, where many of a kind are hardly worse than some. */
  readonly most?: number;
  readonly why: string;
  /** The findings, as paths or words for people. */
  readonly find: (analysis: ImageAnalysis) => readonly string[];
}

export const ATTACK_RULES: readonly AttackRule[] = [
  {
    id: "secret",
    title: "secrets and keys",
    weight: 50,
    most: 200,
    why: "whoever has the image has them, those in layers that later ones hide too",
    find: ({ secrets, image }) => [
      ...secrets.map(
        ({ path, what, isHidden }) => `/${path}: ${what}${isHidden ? " (hidden, in a layer)" : ""}`,
      ),
      ...image.secrets.map(({ where, what }) => `${where}: ${what}`),
    ],
  },
  {
    id: "root",
    title: "runs as root",
    weight: 30,
    why: "a process that is taken over owns every file, and any hole in the kernel counts for more",
    find: ({ image }) => (image.isRoot ? [image.user === "" ? "no USER is set" : `USER ${image.user}`] : []),
  },
  {
    id: "shell",
    title: "shells",
    weight: 20,
    most: 60,
    why: "an injected command needs a shell, and so does nearly every exploit that is for sale",
    find: toolsOf("shell"),
  },
  {
    id: "package-manager",
    title: "package managers",
    weight: 15,
    most: 60,
    why: "they fetch and install whatever else is wanted",
    find: toolsOf("package-manager"),
  },
  {
    id: "network",
    title: "network tools",
    weight: 10,
    most: 60,
    why: "they fetch a second stage, and carry out what was found",
    find: toolsOf("network"),
  },
  {
    id: "privilege",
    title: "tools for privileges",
    weight: 10,
    most: 60,
    why: "they change users, namespaces and other processes",
    find: toolsOf("privilege"),
  },
  {
    id: "compiler",
    title: "compilers",
    weight: 10,
    most: 40,
    why: "they make an exploit fit on the spot; a build stage is their place",
    find: toolsOf("compiler"),
  },
  {
    id: "interpreter",
    title: "interpreters",
    weight: 8,
    most: 40,
    why: "they run what was written elsewhere; the one that the application needs counts as well",
    find: toolsOf("interpreter"),
  },
  {
    id: "service",
    title: "services of the system",
    weight: 10,
    most: 30,
    why: "they listen, or start what nobody has asked for",
    find: toolsOf("service"),
  },
  {
    id: "file-tool",
    title: "file tools",
    weight: 1,
    most: 20,
    why: "they look around, change files and pack them up",
    find: toolsOf("file"),
  },
  {
    id: "setuid",
    title: "set-uid and set-gid programs",
    weight: 10,
    most: 100,
    why: "they run with another's rights, whoever starts them",
    find: filesWith(({ kind, mode }) => (kind === "file" || kind === "hardlink") && (mode & 0o6000) !== 0),
  },
  {
    id: "capability",
    title: "file capabilities",
    weight: 10,
    most: 50,
    why: "they give a part of root's rights to whoever starts the program",
    find: ({ files }) =>
      files.flatMap(({ path, capabilities }) =>
        capabilities ? [`/${path}: ${capabilities.join(", ")}`] : [],
      ),
  },
  {
    id: "world-writable",
    title: "paths that everybody may write",
    weight: 5,
    most: 50,
    why: "any process can put or change files there; folders with the sticky bit, as /tmp, do not count",
    find: filesWith(
      ({ kind, mode }) =>
        (kind === "file" && (mode & 0o002) !== 0) || (kind === "dir" && (mode & 0o1002) === 0o002),
    ),
  },
  {
    id: "login",
    title: "users who can log in",
    weight: 10,
    most: 30,
    why: "they have a shell and a password, or need none",
    find: ({ users }) =>
      users
        .filter(({ canLogin, password }) => canLogin && (password === "set" || password === "empty"))
        .map(({ name, password }) => `${name}: ${password === "set" ? "a password" : "an empty password"}`),
  },
  {
    id: "port",
    title: "exposed ports",
    weight: 2,
    most: 20,
    why: "each is a way in, wanted as it may be",
    find: ({ image }) => image.ports,
  },
  {
    id: "package",
    title: "packages",
    weight: 1,
    most: 200,
    why: "each is one more thing that has vulnerabilities and needs updates",
    find: ({ packages }) => packages.map(({ name, version }) => `${name} ${version}`),
  },
];

function toolsOf(kind: ToolKind): AttackRule["find"] {
  return ({ tools }) =>
    tools
      .filter((tool) => tool.kind === kind)
      .map(({ path, file, is = path === file ? undefined : baseName(file) }) =>
        is === undefined ? `/${path}` : `/${path} (${is})`,
      );
}

function filesWith(is: (file: AnalysedFile) => boolean): AttackRule["find"] {
  return ({ files }) => files.filter(is).map(({ path }) => `/${path}`);
}

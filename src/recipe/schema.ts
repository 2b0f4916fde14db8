import * as z from "zod";
import {
  absolutePath,
  accountField,
  accountId,
  accountName,
  argument,
  fileBeside,
  labelName,
  linkTarget,
  mode,
  moduleName,
  npmRequest,
  oneLine,
  owner,
  packageKey,
  packageName,
  packagePattern,
  packageRequest,
  pathPattern,
  port,
  recipeName,
  relativePath,
  release,
  sliceName,
  stopSignal,
  suite,
  value,
  variableName,
  webAddress,
} from "./schema-words.ts";

const slicedPackage = z.strictObject({
  name: packageRequest,
  slices: z.array(sliceName).min(1).describe("The only parts of it that are taken"),
});

const npmPackage = z.strictObject({
  package: z
    .union([npmRequest, z.strictObject({ amd64: npmRequest.optional(), arm64: npmRequest.optional() })])
    .describe("NAME@VERSION, or one for each architecture"),
  files: z.record(relativePath, absolutePath).describe("Path in the package: where it comes to be"),
  strip: z
    .boolean()
    .optional()
    .describe("Leave symbols and debugging information out of programs; default: false"),
});

const source = z.strictObject({
  uri: webAddress,
  suites: z.array(suite).min(1),
  components: z.array(suite).min(1).optional().describe("Default: main"),
  keyring: fileBeside.optional().describe("The keys that sign it; a file beside the recipe"),
});

const user = z.strictObject({
  name: accountName,
  uid: accountId,
  gid: accountId
    .optional()
    .describe("Default: the group of the same name, made with the uid if there is none"),
  group: accountName.optional().describe("Instead of gid, by name"),
  home: absolutePath.and(accountField).optional().describe("Default: /nonexistent"),
  shell: absolutePath.and(accountField).optional().describe("Default: /sbin/nologin"),
  gecos: accountField.optional(),
});

const group = z.strictObject({
  name: accountName,
  gid: accountId,
  members: z.array(accountName).optional(),
});

const owned = { path: absolutePath, mode: mode.optional(), owner: owner.optional() };
const directory = z.strictObject(owned);
const filePart = z.union([z.string(), z.strictObject({ file: absolutePath })]);
const file = z.strictObject({
  ...owned,
  content: z
    .union([z.string(), z.array(filePart).min(1)])
    .describe("Text, or a list of texts and of files of packages ({ file: PATH }), which follow one another"),
});

const names = (of: z.ZodType<string>) => z.array(of).optional();

const remove = z.strictObject({
  sources: names(webAddress),
  packages: names(packageName),
  without: names(packagePattern),
  npm: names(oneLine),
  "java-modules": names(moduleName),
  slices: names(packageKey),
  exclude: names(pathPattern),
  include: names(pathPattern),
  users: names(accountName),
  groups: names(accountName),
  directories: names(absolutePath),
  files: names(absolutePath),
  links: names(absolutePath),
  environment: names(variableName),
  labels: names(labelName),
  ports: names(port),
  volumes: names(absolutePath),
  allow: names(oneLine),
});

/** What can differ between releases, and what a recipe that extends another one adds to it. */
const content = {
  base: z.boolean().optional().describe("Start from all essential and required packages and apt"),
  scripts: z.boolean().optional().describe("Configure by the packages' own scripts, in a sandbox"),
  dependencies: z.enum(["follow", "none"]).optional().describe("Whether dependencies are taken too"),
  shellless: z.boolean().optional().describe("Leave out dependencies that only scripts and shells use"),
  sources: z.array(source).optional().describe("Further apt repositories"),
  packages: z
    .array(z.union([packageRequest, slicedPackage]))
    .optional()
    .describe("Debian packages, whole or some of their slices"),
  without: z.array(packagePattern).optional().describe("Packages that are never taken, also by pattern"),
  npm: z.array(npmPackage).optional().describe("Files from packages of the npm registry"),
  "java-modules": z
    .array(moduleName)
    .optional()
    .describe("The only modules of the Java runtime that stay, with those that they require"),
  slices: z
    .record(packageKey, z.record(sliceName, z.array(pathPattern)))
    .optional()
    .describe("Named parts of packages: package, slice, patterns of paths"),
  exclude: z.array(pathPattern).optional().describe("Paths that are left out of every package"),
  include: z.array(pathPattern).optional().describe("Paths that stay although exclude names them"),
  users: z.array(user).optional().describe("Lines of /etc/passwd"),
  groups: z.array(group).optional().describe("Lines of /etc/group"),
  directories: z.array(directory).optional().describe("Directories with their modes and owners"),
  files: z.array(file).optional().describe("Files with their content"),
  links: z.record(absolutePath, linkTarget).optional().describe("Symbolic links: where, and what they say"),
  trust: z
    .strictObject({
      bundle: z.boolean().optional().describe("Write /etc/ssl/certs/ca-certificates.crt, set SSL_CERT_FILE"),
      java: z.boolean().optional().describe("Write Java's trust store"),
    })
    .optional()
    .describe("Which certificate stores are written"),
  environment: z.record(variableName, value).optional().describe("Variables of every container"),
  user: owner.optional().describe("Whom a container runs as; default: root"),
  workdir: absolutePath.optional().describe("Where a container starts"),
  entrypoint: z.array(argument).optional().describe("What a container starts; forgets an inherited cmd"),
  cmd: z.array(argument).optional().describe("Arguments behind the entrypoint"),
  labels: z.record(labelName, value).optional().describe("Labels of the image"),
  ports: z.array(port).optional().describe("Ports that it listens on"),
  volumes: z.array(absolutePath).optional().describe("Directories that hold data"),
  "stop-signal": stopSignal.optional().describe("The signal that ends it; default: SIGTERM"),
  layers: z.enum(["single", "origin", "package"]).optional().describe("What shares a layer"),
  allow: z
    .strictObject({
      missing: z.array(oneLine).optional().describe("Libraries and interpreters that may be missing"),
      dangling: z.array(pathPattern).optional().describe("Links that may point to nothing"),
    })
    .optional()
    .describe("Gaps that are meant"),
  remove: remove.optional().describe("What is taken away again of the recipe that this one extends"),
};

const contentSchema = z.strictObject(content);

/**
 * The schema of a recipe's file. Numbers that are text in a recipe (modes, owners, releases, values of variables) come
 * here as text, see `isTextPath`. What one value alone can not tell is checked when the recipe is complete.
 */
export const recipeSchema = z.strictObject({
  $schema: z.string().optional().describe("For editors"),
  name: recipeName.optional().describe("Default: the file's name"),
  description: z.string().optional().describe("One line"),
  extends: fileBeside.optional().describe("A recipe that ships, by name, or ./FILE.yaml"),
  debian: z.array(release).min(1).optional().describe("The releases it is for; the first is the default"),
  architectures: z
    .array(z.enum(["amd64", "arm64"]))
    .min(1)
    .optional(),
  ...content,
  releases: z
    .strictObject({
      "13": contentSchema.optional(),
      trixie: contentSchema.optional(),
      "12": contentSchema.optional(),
      bookworm: contentSchema.optional(),
    })
    .optional()
    .describe("What is only for one Debian release"),
});

/** A recipe's file, as the schema accepts it. */
export type RecipeFileContent = z.output<typeof recipeSchema>;
/** The keys that can stand below a release. */
export type RecipeContent = z.output<typeof contentSchema>;

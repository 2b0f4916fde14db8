import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTar } from "../archive/index.ts";
import { collectBytes, streamOf } from "../base/index.ts";
import { parseStanza } from "../text/index.ts";

/** A package's control archive, read. */
export interface ControlFiles {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Base name of its files in dpkg's info folder: with the architecture when several may be installed at once. */
  readonly infoName: string;
  /** The control file as it is. */
  readonly stanza: string;
  readonly conffiles: ReadonlySet<string>;
  /** The other files by name, with their modes. */
  readonly files: ReadonlyMap<string, { readonly content: Buffer; readonly mode: number }>;
}

export async function readControl(control: Buffer): Promise<ControlFiles> {
  const files = new Map<string, { readonly content: Buffer; readonly mode: number }>();
  for await (const { header, content } of readTar(streamOf(control))) {
    if (header.type !== "file") continue;
    files.set(header.name.replace(/^\.\//, ""), {
      content: await collectBytes(content()),
      mode: header.mode,
    });
  }
  const stanza = (files.get("control")?.content.toString("utf8") ?? "").trim();
  const fields = parseStanza(stanza);
  const name = fields.get("Package") ?? "";
  const architecture = fields.get("Architecture") ?? "";
  files.delete("control");
  return {
    name,
    version: fields.get("Version") ?? "",
    architecture,
    infoName: fields.get("Multi-Arch") === "same" ? `${name}:${architecture}` : name,
    stanza,
    conffiles: conffilesOf(files.get("conffiles")?.content.toString("utf8") ?? ""),
    files,
  };
}

/** One package as it stands in the database: unpacked, not configured. */
export interface DatabaseEntry {
  readonly control: ControlFiles;
  readonly paths: readonly string[];
}

/**
 * Writes dpkg's database (/var/lib/dpkg) as dpkg has it when all packages are unpacked: status, info files, and
 * which package listens to which trigger. `dpkg --configure` goes on from there.
 */
export function writeDatabase(root: string, packages: readonly DatabaseEntry[]): void {
  const folder = join(root, "var/lib/dpkg");
  for (const name of ["info", "triggers", "updates", "alternatives", "parts"])
    mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, "info/format"), "1\n");
  writeFileSync(join(folder, "available"), "");
  writeFileSync(join(folder, "diversions"), "");
  writeFileSync(join(folder, "statoverride"), "");
  writeFileSync(join(folder, "status"), packages.map(({ control }) => statusOf(control)).join("\n"));
  for (const { control, paths } of packages) writeInfo(join(folder, "info"), control, paths);
  writeTriggers(
    join(folder, "triggers"),
    packages.map(({ control }) => control),
  );
}

function statusOf({ stanza, conffiles }: ControlFiles): string {
  const [first = "", ...rest] = stanza.split("\n");
  const waiting =
    conffiles.size > 0 ? ["Conffiles:", ...[...conffiles].map((path) => ` ${path} newconffile`)] : [];
  return `${[first, "Status: install ok unpacked", ...rest, ...waiting].join("\n")}\n`;
}

function writeInfo(folder: string, { infoName, files }: ControlFiles, paths: readonly string[]): void {
  writeFileSync(join(folder, `${infoName}.list`), `${paths.join("\n")}\n`);
  for (const [name, { content, mode }] of files)
    writeFileSync(join(folder, `${infoName}.${name}`), content, { mode });
}

/** deb-triggers(5): paths are listened to in one file, names in a file each. */
function writeTriggers(folder: string, packages: readonly ControlFiles[]): void {
  const byFile = new Map<string, string[]>();
  for (const { name, files } of packages)
    for (const line of (files.get("triggers")?.content.toString("utf8") ?? "").split("\n")) {
      const match = /^\s*interest(-noawait|-await)?\s+(\S+)/.exec(line);
      if (!match) continue;
      const [, kind, trigger = ""] = match;
      const listener = kind === "-noawait" ? `${name}/noawait` : name;
      const [file, text] = trigger.startsWith("/") ? ["File", `${trigger} ${listener}`] : [trigger, listener];
      byFile.set(file, [...(byFile.get(file) ?? []), text]);
    }
  for (const [file, lines] of byFile) writeFileSync(join(folder, file), `${lines.join("\n")}\n`);
}

/** A line may be marked `remove-on-upgrade`: such a file is not part of the package. */
function conffilesOf(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("/")),
  );
}

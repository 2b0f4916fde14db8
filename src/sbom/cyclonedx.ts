import { createRequire } from "node:module";
import { defined, hexOf, lazy } from "../base/index.ts";
import { splitDebianVersion, visibleJson } from "../text/index.ts";
import { contentUuid, type InventoryItem, inventoryOf } from "./inventory.ts";
import { isListedLicense } from "./license-names.ts";
import { purlOf } from "./purl.ts";
import type {
  Distribution,
  PackageLicenses,
  PackageType,
  SbomDocument,
  SbomPackage,
  SbomSubject,
  Supplier,
} from "./types.ts";

/**
 * A document as CycloneDX 1.6 JSON in UTF-8. The same packages, in whatever order, give the same bytes; the
 * serial number is made from the content. Files of packages are not in it, for each would be a component. The
 * distribution depends on its packages and the image on the distribution, where scanners look for them.
 */
export function cycloneDx(document: SbomDocument): Uint8Array {
  const { Models, Serialize, Spec } = library();
  const items = inventoryOf(document.packages);
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${contentUuid({ ...document, packages: items })}`,
    metadata: metadataOf(document),
  });
  const root = bom.metadata.component as Component;
  const system = document.distribution && systemOf(document.distribution);
  const components = new Map(items.map((item) => [item.ref, componentOf(item, document.distribution)]));
  for (const { ref, package: item, dependsOn } of items) {
    const component = components.get(ref) as Component;
    for (const other of dependsOn) component.dependencies.add((components.get(other) as Component).bomRef);
    const parent = system && SYSTEM_TYPES.has(item.type) ? system : root;
    parent.dependencies.add(component.bomRef);
    bom.components.add(component);
  }
  if (system) {
    root.dependencies.add(system.bomRef);
    bom.components.add(system);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return Buffer.from(`${visibleJson(serializer.serialize(bom, { sortLists: true, space: 1 }))}\n`, "utf8");
}

type Library = typeof import("@cyclonedx/cyclonedx-library");
type Component = InstanceType<Library["Models"]["Component"]>;

const library = lazy(() => createRequire(import.meta.url)("@cyclonedx/cyclonedx-library") as Library);

/** Packages of the distribution itself. */
const SYSTEM_TYPES: ReadonlySet<PackageType> = new Set(["deb", "apk", "rpm"]);

/** What trivy calls the types of packages that are not the distribution's (property `PkgType`). */
const PACKAGE_TYPES: Readonly<Partial<Record<PackageType, string>>> = {
  npm: "node-pkg",
  pypi: "python-pkg",
  maven: "jar",
  golang: "gobinary",
  cargo: "rustbinary",
};

function metadataOf({ subject, created, tool }: SbomDocument): InstanceType<Library["Models"]["Metadata"]> {
  const { Enums, Models } = library();
  const program = new Models.Component(Enums.ComponentType.Application, tool.name, {
    version: tool.version,
    bomRef: `tool:${tool.name}`,
  });
  return new Models.Metadata({
    timestamp: new Date(created * 1000),
    tools: new Models.Tools({ components: new Models.ComponentRepository([program]) }),
    component: subjectOf(subject),
  });
}

function subjectOf({ name, digest, imageId, diffIds = [], architecture }: SbomSubject): Component {
  const { Enums, Models } = library();
  const bare =
    name
      .replace(/@.*$/, "")
      .replace(/:[^/]*$/, "")
      .split("/")
      .at(-1) || name;
  const purl =
    digest &&
    purlOf({ type: "oci", name: bare.toLowerCase(), version: digest, qualifiers: { arch: architecture } });
  return new Models.Component(Enums.ComponentType.Container, name, {
    bomRef: purl ?? `image:${name}`,
    properties: propertiesOf([["ImageID", imageId], ...diffIds.map((diffId) => ["DiffID", diffId] as const)]),
    ...defined({ version: digest, purl }),
  });
}

function systemOf({ id, versionId, prettyName, homepage }: Distribution): Component {
  const { Enums, Models } = library();
  return new Models.Component(Enums.ComponentType.OperatingSystem, id, {
    bomRef: `os:${id}${versionId === undefined ? "" : `@${versionId}`}`,
    externalReferences: websites(homepage),
    properties: propertiesOf([
      ["Class", "os-pkgs"],
      ["Type", id],
    ]),
    ...defined({ version: versionId, description: prettyName }),
  });
}

function componentOf(
  { ref, package: item }: InventoryItem,
  distribution: Distribution | undefined,
): Component {
  const { Enums, Models } = library();
  const { version, purl, copyright, description, homepage, sha256, goSum } = item;
  const properties = propertiesOf(packageProperties(item, distribution));
  // The name is syft's: a list's digest is not that of a file.
  if (goSum) properties.add(new Models.Property("syft:metadata:h1Digest", goSum));
  return new Models.Component(Enums.ComponentType.Library, bareName(item), {
    bomRef: ref,
    version: version || undefined,
    purl,
    hashes: new Models.HashDictionary(sha256 ? [[Enums.HashAlgorithm["SHA-256"], hexOf(sha256)]] : []),
    externalReferences: websites(homepage),
    licenses: licensesOf(item.licenses),
    properties,
    ...defined({ group: groupOf(item), copyright, description, supplier: supplierOf(item.supplier) }),
  });
}

/** npm's scope and Maven's group are the component's group, as scanners put them together again. */
function groupOf({ type, name }: SbomPackage): string | undefined {
  const at = separatorIn(type, name);
  return at > 0 ? name.slice(0, at) : undefined;
}

function bareName({ type, name }: SbomPackage): string {
  return name.slice(separatorIn(type, name) + 1);
}

function separatorIn(type: PackageType, name: string): number {
  if (type === "maven") return name.indexOf(":");
  return type === "npm" && name.startsWith("@") ? name.indexOf("/") : -1;
}

/** The names are trivy's; grype takes the source package from the package URL. */
function packageProperties(
  item: SbomPackage,
  distribution: Distribution | undefined,
): readonly (readonly [name: string, value: string | undefined])[] {
  const { type, name, version, source, location } = item;
  const own = SYSTEM_TYPES.has(type) ? distribution?.id : PACKAGE_TYPES[type];
  const parts = source && type !== "apk" ? splitDebianVersion(source.version) : undefined;
  return [
    ["PkgID", version ? `${name}@${version}` : name],
    ["PkgType", own],
    ["FilePath", SYSTEM_TYPES.has(type) ? undefined : location],
    ["SrcName", source?.name],
    ["SrcVersion", parts ? parts.upstream : source?.version],
    ["SrcRelease", parts?.revision],
    ["SrcEpoch", parts && /^[0-9]+$/.test(parts.epoch) && parts.epoch !== "0" ? parts.epoch : undefined],
  ];
}

function propertiesOf(
  pairs: readonly (readonly [name: string, value: string | undefined])[],
): InstanceType<Library["Models"]["PropertyRepository"]> {
  const { Models } = library();
  return new Models.PropertyRepository(
    pairs.flatMap(([name, value]) =>
      value ? [new Models.Property(`aquasecurity:trivy:${name}`, value)] : [],
    ),
  );
}

/** One licence is told as such, several as an expression, whose `LicenseRef-`s have no text in this format. */
function licensesOf(
  licenses: PackageLicenses | undefined,
): InstanceType<Library["Models"]["LicenseRepository"]> {
  const { Enums, Models } = library();
  if (!licenses) return new Models.LicenseRepository();
  const { expression, extracted } = licenses;
  const acknowledgement = Enums.LicenseAcknowledgement.Declared;
  const unlisted = extracted.find(({ id }) => id === expression);
  if (unlisted)
    return new Models.LicenseRepository([
      new Models.NamedLicense(unlisted.name, {
        acknowledgement,
        text: new Models.Attachment(unlisted.text, { contentType: "text/plain" }),
      }),
    ]);
  const license = isListedLicense(expression)
    ? new Models.SpdxLicense(expression, { acknowledgement })
    : new Models.LicenseExpression(expression);
  license.acknowledgement = acknowledgement;
  return new Models.LicenseRepository([license]);
}

function supplierOf(
  supplier: Supplier | undefined,
): InstanceType<Library["Models"]["OrganizationalEntity"]> | undefined {
  const { Models } = library();
  if (!supplier) return undefined;
  const { name, email } = supplier;
  return new Models.OrganizationalEntity({
    name,
    contact: new Models.OrganizationalContactRepository(
      email ? [new Models.OrganizationalContact({ name, email })] : [],
    ),
  });
}

/** What is no address of the web is left out: the format allows nothing else. */
function websites(
  homepage: string | undefined,
): InstanceType<Library["Models"]["ExternalReferenceRepository"]> {
  const { Enums, Models } = library();
  const url = webAddress(homepage);
  return new Models.ExternalReferenceRepository(
    url ? [new Models.ExternalReference(url, Enums.ExternalReferenceType.Website)] : [],
  );
}

function webAddress(text: string | undefined): string | undefined {
  if (!text || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).href;
}

import { hexOf } from "../base/index.ts";
import { visibleJson } from "../text/index.ts";
import { contentUuid, type InventoryItem, inventoryOf, sortedTexts } from "./inventory.ts";
import { spdxFiles, verificationCode } from "./spdx-files.ts";
import { elementId, instant, type SpdxElement, type SpdxRelationship, withoutEmpty } from "./spdx-words.ts";
import type { Distribution, SbomDocument, SbomPackage, SbomSubject, Supplier } from "./types.ts";

/**
 * A document as SPDX 2.3 JSON in UTF-8. The same packages, in whatever order, give the same bytes; the namespace
 * is made from the content. The document describes the image; the image contains the distribution and what is not
 * from it, the distribution its packages. Files are in it for packages that know the SHA-1 of all of theirs,
 * without which the format has no files.
 */
export function spdx(document: SbomDocument): Uint8Array {
  const items = inventoryOf(document.packages);
  const { subject, distribution, created, tool } = document;
  const files = items.map(({ package: item }) => spdxFiles(item.files));
  const content = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: subject.name,
    documentNamespace: namespaceOf(document, items),
    creationInfo: { created: instant(created), creators: [`Tool: ${tool.name}-${tool.version}`] },
    packages: [
      subjectElement(subject),
      ...(distribution ? [systemElement(distribution)] : []),
      ...items.map((item, at) => packageElement(item, files[at])),
    ],
    files: distinctById(files.flatMap((elements) => elements ?? [])),
    hasExtractedLicensingInfos: extractedLicenses(items),
    relationships: relationships(document, items, files),
  };
  return Buffer.from(`${visibleJson(JSON.stringify(withoutEmpty(content), undefined, 1))}\n`, "utf8");
}

const NO_ASSERTION = "NOASSERTION";

function namespaceOf(document: SbomDocument, items: readonly InventoryItem[]): string {
  const name = document.subject.name.replace(/[^A-Za-z0-9.-]+/g, "-");
  return `https://spdx.org/spdxdocs/${name}-${contentUuid({ ...document, packages: items })}`;
}

function subjectId({ name }: SbomSubject): string {
  return elementId("ContainerImage", { name, of: name });
}

function systemId({ id, versionId = "" }: Distribution): string {
  return elementId("OperatingSystem", { name: id, of: `${id}@${versionId}` });
}

function packageId({ ref, package: item }: InventoryItem): string {
  return elementId("Package", { name: `${item.type}-${item.name}`, of: ref });
}

function subjectElement(subject: SbomSubject): SpdxElement {
  return {
    SPDXID: subjectId(subject),
    name: subject.name,
    versionInfo: subject.digest,
    downloadLocation: NO_ASSERTION,
    filesAnalyzed: false,
    primaryPackagePurpose: "CONTAINER",
    checksums: subject.digest && [{ algorithm: "SHA256", checksumValue: hexOf(subject.digest) }],
  };
}

function systemElement(distribution: Distribution): SpdxElement {
  return {
    SPDXID: systemId(distribution),
    name: distribution.id,
    versionInfo: distribution.versionId,
    summary: distribution.prettyName,
    homepage: webPage(distribution.homepage),
    downloadLocation: NO_ASSERTION,
    filesAnalyzed: false,
    primaryPackagePurpose: "OPERATING_SYSTEM",
  };
}

function packageElement(found: InventoryItem, files: readonly SpdxElement[] | undefined): SpdxElement {
  const { package: item } = found;
  return {
    SPDXID: packageId(found),
    name: item.name,
    versionInfo: item.version || undefined,
    summary: item.description,
    supplier: agentOf(item.supplier),
    downloadLocation: NO_ASSERTION,
    homepage: webPage(item.homepage),
    sourceInfo: sourceInfoOf(item),
    filesAnalyzed: files !== undefined,
    packageVerificationCode: files && { packageVerificationCodeValue: verificationCode(item.files ?? []) },
    checksums: item.sha256 && [{ algorithm: "SHA256", checksumValue: hexOf(item.sha256) }],
    licenseConcluded: NO_ASSERTION,
    licenseDeclared: item.licenses?.expression ?? NO_ASSERTION,
    copyrightText: item.copyright ?? NO_ASSERTION,
    primaryPackagePurpose: "LIBRARY",
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: item.purl },
    ],
  };
}

/** In the words in which scanners look for the source package. */
function sourceInfoOf({ source, location }: SbomPackage): string | undefined {
  if (source) return `built package from: ${source.name} ${source.version}`;
  return location === undefined ? undefined : `package found in: ${location}`;
}

function agentOf(supplier: Supplier | undefined): string | undefined {
  if (!supplier) return undefined;
  const { kind, name, email } = supplier;
  return `${kind === "person" ? "Person" : "Organization"}: ${name}${email ? ` (${email})` : ""}`;
}

function webPage(homepage: string | undefined): string | undefined {
  return homepage && URL.canParse(homepage) ? homepage : undefined;
}

function extractedLicenses(items: readonly InventoryItem[]): readonly SpdxElement[] {
  const all = items.flatMap(({ package: item }) => item.licenses?.extracted ?? []);
  const byId = new Map(all.map((license) => [license.id, license]));
  return sortedTexts(byId.keys()).map((licenseId) => {
    const { name = "", text = "" } = byId.get(licenseId) ?? {};
    return { licenseId, name, extractedText: text };
  });
}

function relationships(
  { subject, distribution }: SbomDocument,
  items: readonly InventoryItem[],
  files: readonly (readonly SpdxElement[] | undefined)[],
): readonly SpdxRelationship[] {
  const image = subjectId(subject);
  const system = distribution && systemId(distribution);
  const ids = new Map(items.map((item) => [item.ref, packageId(item)]));
  const parentOf = ({ type }: SbomPackage) =>
    system !== undefined && ["deb", "apk", "rpm"].includes(type) ? system : image;
  return [
    related("SPDXRef-DOCUMENT", "DESCRIBES", image),
    ...(system === undefined ? [] : [related(image, "CONTAINS", system)]),
    ...items.map((item) => related(parentOf(item.package), "CONTAINS", packageId(item))),
    ...items.flatMap((item) =>
      item.dependsOn.map((ref) => related(packageId(item), "DEPENDS_ON", ids.get(ref) as string)),
    ),
    ...items.flatMap((item, at) =>
      (files[at] ?? []).map((file) => related(packageId(item), "CONTAINS", String(file.SPDXID))),
    ),
  ];
}

function related(from: string, type: SpdxRelationship["relationshipType"], to: string): SpdxRelationship {
  return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
}

function distinctById(elements: readonly SpdxElement[]): readonly SpdxElement[] {
  return [...new Map(elements.map((element) => [element.SPDXID, element])).values()];
}

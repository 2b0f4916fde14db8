import { Ajv } from "ajv";
import { lazy } from "../base/index.ts";

// Whether a text is an SPDX 2.3 document, for the tests. The official schema is in no package of the registry, so these
// are its rules, and those of the specification that no schema can say, for the part of the format that Tare writes.

const validator = lazy(() => new Ajv({ allErrors: true, strict: true }).compile(DOCUMENT));

/** All that is wrong with a document; nothing when it is right. */
export function spdxProblems(document: unknown): readonly string[] {
  const validate = validator();
  if (!validate(document))
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  return referenceProblems(document as Document);
}

interface Document {
  readonly packages: readonly { readonly SPDXID: string; readonly licenseDeclared?: string }[];
  readonly files?: readonly { readonly SPDXID: string }[];
  readonly hasExtractedLicensingInfos?: readonly { readonly licenseId: string }[];
  readonly relationships: readonly { readonly spdxElementId: string; readonly relatedSpdxElement: string }[];
}

function referenceProblems(document: Document): readonly string[] {
  const { packages, files = [], hasExtractedLicensingInfos = [], relationships } = document;
  const ids = ["SPDXRef-DOCUMENT", ...[...packages, ...files].map(({ SPDXID }) => SPDXID)];
  const licenses = hasExtractedLicensingInfos.map(({ licenseId }) => licenseId);
  const used = packages.flatMap(
    ({ licenseDeclared = "" }) => licenseDeclared.match(/LicenseRef-[\w.-]+/g) ?? [],
  );
  const targets = relationships.flatMap((line) => [line.spdxElementId, line.relatedSpdxElement]);
  return [
    ...repeated(ids).map((id) => `${id} stands for several elements`),
    ...repeated(licenses).map((id) => `${id} stands for several licences`),
    ...targets.filter((id) => !ids.includes(id)).map((id) => `${id} is related and not there`),
    ...used.filter((id) => !licenses.includes(id)).map((id) => `${id} has no text`),
    ...licenses.filter((id) => !used.includes(id)).map((id) => `${id} is not used`),
    ...repeated(relationships.map((line) => JSON.stringify(line))).map((line) => `${line} is there twice`),
  ];
}

function repeated(texts: readonly string[]): readonly string[] {
  return texts.filter((text, at) => texts.indexOf(text) !== at);
}

const TEXT = { type: "string", minLength: 1 } as const;
const ID = { type: "string", pattern: "^SPDXRef-[A-Za-z0-9.-]+$" } as const;
const INSTANT = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$" } as const;
const AGENT = { type: "string", pattern: "^(?:Person|Organization): .+|^NOASSERTION$" } as const;
const LICENSE = {
  type: "string",
  pattern: "^(?:NOASSERTION|NONE|[(]*[A-Za-z0-9.+-]+[)]*(?: (?:AND|OR|WITH) [(]*[A-Za-z0-9.+-]+[)]*)*)$",
} as const;
const CHECKSUMS = {
  type: "array",
  minItems: 1,
  items: closed(
    {
      algorithm: { enum: ["SHA1", "SHA256", "MD5"] },
      checksumValue: { type: "string", pattern: "^[0-9a-f]+$" },
    },
    ["algorithm", "checksumValue"],
  ),
} as const;

function closed(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: "object", properties, required, additionalProperties: false };
}

const PACKAGE = closed(
  {
    SPDXID: ID,
    name: TEXT,
    versionInfo: TEXT,
    summary: TEXT,
    supplier: AGENT,
    downloadLocation: { enum: ["NOASSERTION"] },
    homepage: TEXT,
    sourceInfo: TEXT,
    filesAnalyzed: { type: "boolean" },
    packageVerificationCode: closed(
      { packageVerificationCodeValue: { type: "string", pattern: "^[0-9a-f]{40}$" } },
      ["packageVerificationCodeValue"],
    ),
    checksums: CHECKSUMS,
    licenseConcluded: LICENSE,
    licenseDeclared: LICENSE,
    copyrightText: TEXT,
    primaryPackagePurpose: { enum: ["CONTAINER", "OPERATING_SYSTEM", "LIBRARY"] },
    externalRefs: {
      type: "array",
      items: closed(
        {
          referenceCategory: { enum: ["PACKAGE-MANAGER"] },
          referenceType: { enum: ["purl"] },
          referenceLocator: { type: "string", pattern: "^pkg:\\S+$" },
        },
        ["referenceCategory", "referenceType", "referenceLocator"],
      ),
    },
  },
  ["SPDXID", "name", "downloadLocation", "filesAnalyzed"],
);

const FILE = closed(
  {
    SPDXID: ID,
    fileName: { type: "string", pattern: "^\\./." },
    checksums: { ...CHECKSUMS, contains: { type: "object", properties: { algorithm: { enum: ["SHA1"] } } } },
    licenseConcluded: LICENSE,
    copyrightText: TEXT,
  },
  ["SPDXID", "fileName", "checksums"],
);

const DOCUMENT = closed(
  {
    spdxVersion: { enum: ["SPDX-2.3"] },
    dataLicense: { enum: ["CC0-1.0"] },
    SPDXID: { enum: ["SPDXRef-DOCUMENT"] },
    name: TEXT,
    documentNamespace: { type: "string", pattern: "^https://[^#\\s]+$" },
    creationInfo: closed(
      {
        created: INSTANT,
        creators: { type: "array", minItems: 1, items: { type: "string", pattern: "^Tool: \\S+-\\S+$" } },
      },
      ["created", "creators"],
    ),
    packages: { type: "array", minItems: 1, items: PACKAGE },
    files: { type: "array", items: FILE },
    hasExtractedLicensingInfos: {
      type: "array",
      items: closed(
        {
          licenseId: { type: "string", pattern: "^LicenseRef-[A-Za-z0-9.-]+$" },
          name: TEXT,
          extractedText: TEXT,
        },
        ["licenseId", "extractedText"],
      ),
    },
    relationships: {
      type: "array",
      minItems: 1,
      items: closed(
        {
          spdxElementId: ID,
          relatedSpdxElement: ID,
          relationshipType: { enum: ["DESCRIBES", "CONTAINS", "DEPENDS_ON"] },
        },
        ["spdxElementId", "relatedSpdxElement", "relationshipType"],
      ),
    },
  },
  [
    "spdxVersion",
    "dataLicense",
    "SPDXID",
    "name",
    "documentNamespace",
    "creationInfo",
    "packages",
    "relationships",
  ],
);

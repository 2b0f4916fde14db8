import { type Digest, defined, hexOf } from "../base/index.ts";
import { objectOf } from "./facts.ts";
import { statementAbout } from "./in-toto.ts";
import { readProvenance } from "./read-provenance.ts";
import type { ImageProvenance } from "./types.ts";

/** The media type of in-toto statements, which is the type of the artifact that brings one. */
export const STATEMENT_TYPE = "application/vnd.in-toto+json";
const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";

/** What a statement says besides what made each layer. */
export interface StatementFacts {
  /** Of the image's manifest. */
  readonly subject: Digest;
  /** `calc:1.0`. */
  readonly name: string;
  readonly provenance: ImageProvenance;
  /** What built it. */
  readonly tool: { readonly name: string; readonly version: string };
  /** The image's own time, ISO 8601. */
  readonly created?: string;
  /** What was asked for. */
  readonly parameters?: BuildParameters;
}

/** What a build was asked for; arguments and the file only where everybody may read them (`mode=max`). */
export interface BuildParameters {
  readonly target?: string;
  readonly platform?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly dockerfile?: string;
}

/**
 * An in-toto statement of SLSA's provenance (in-toto attestation v1, SLSA provenance v1), as JSON in UTF-8. What made each
 * layer stands in the metadata's `tare_layers`: fields of a builder's own carry its name. The same facts give the same bytes.
 */
export function writeStatement(facts: StatementFacts): Uint8Array {
  const { subject, name, provenance, tool, created, parameters = {} } = facts;
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name, digest: { sha256: hexOf(subject) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: parameters,
        resolvedDependencies: basesOf(provenance),
      },
      runDetails: {
        builder: { id: "", version: { [tool.name]: tool.version } },
        metadata: { ...defined({ finishedOn: created }), tare_layers: provenance.layers },
      },
    },
  };
  return Buffer.from(`${JSON.stringify(statement, null, 1)}\n`, "utf8");
}

/** What a Dockerfile or a recipe comes to. */
const BUILD_TYPE = "urn:tare:build:1";

function basesOf({ layers }: ImageProvenance): readonly { readonly uri: string }[] {
  const names = layers.flatMap((layer) => {
    if (layer?.recipe) return [`recipe://${layer.recipe.name}`];
    return layer?.image === undefined ? [] : [`docker-image://${layer.image}`];
  });
  return [...new Set(names)].sort().map((uri) => ({ uri }));
}

/**
 * What a statement says of the layers of the image with this manifest. Undefined of one about something else, without such
 * facts, or damaged: what is not known of an image is no error.
 */
export function readStatement(
  bytes: Uint8Array,
  { subject, layers }: { readonly subject: Digest; readonly layers: number },
): ImageProvenance | undefined {
  const predicate = statementAbout(bytes, { subject, types: [PREDICATE_TYPE] });
  const metadata = objectOf(objectOf(predicate?.runDetails)?.metadata);
  return readProvenance({ layers: metadata?.tare_layers }, layers);
}

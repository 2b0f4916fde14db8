/** What made a layer of an image. What is not known is absent. */
export interface LayerOrigin {
  /** The keyword in capitals: `RUN`, `COPY`; `FROM` for a layer of packages that a recipe composed. */
  readonly instruction: string;
  /** The Dockerfile that has it, as it was called when the image was built. */
  readonly dockerfile?: string;
  /** The stage's name, or its number from 0. */
  readonly stage?: string;
  /** The first and the last line of the instruction, from 1. */
  readonly lines?: readonly [first: number, last: number];
  /** What `--from` names: a stage, an image, a context. */
  readonly from?: string;
  /** The image that brought the layer, where it is not of the Dockerfile itself. */
  readonly image?: string;
  readonly recipe?: RecipeOrigin;
}

/** The recipe that composed a layer. */
export interface RecipeOrigin {
  /** `python`, `./ours.yaml`. */
  readonly name: string;
  /** `debian-12`. */
  readonly system: string;
  /** The packages that it names; all others are there because one of these needs them. */
  readonly packages: readonly string[];
}

/** What made each layer of an image. */
export interface ImageProvenance {
  /** Bottom first, one for each layer; null where nobody knows. */
  readonly layers: readonly (LayerOrigin | null)[];
}

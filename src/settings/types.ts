import type { RegistryRule } from "../oci/index.ts";

/** What `tare.yaml` says, complete. Plain JSON, so that it can cross to the engine. */
export interface Settings {
  /** As messages name the file: `tare.yaml`, or the path that was given. */
  readonly file: string;
  readonly bases: BaseSettings;
  /** Where images are read from, in the order of the file. */
  readonly registries: readonly RegistryRule[];
}

/** Which images are composed by recipes instead of being looked for. */
export interface BaseSettings {
  /** Whether the names in the table of well-known images are. */
  readonly wellKnown: boolean;
  /** The project's own table, in the order of the file. */
  readonly map: readonly BaseRule[];
}

/** One line of the table. */
export interface BaseRule {
  /** Complete names: `docker.io/library/python:3.11-slim`; `*` stands for any characters but a slash. */
  readonly images: string;
  /** The recipe as it is written. */
  readonly recipe: string;
  /** The same as a build's source: `recipe://python:12`, with a whole path where it is a file's. */
  readonly source: string;
}

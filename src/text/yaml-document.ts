import type * as z from "zod";
import { type SourceLocation, TareError } from "../base/index.ts";
import { type IsText, parseYaml, type YamlKind } from "./yaml-file.ts";

/** A YAML file that its schema accepts. */
export interface YamlDocument<T> {
  readonly content: T;
  /** The place of the value at a path, or of the key that leads to it. */
  locate(path: readonly PropertyKey[], part?: "key" | "value"): SourceLocation;
}

/** Reads a YAML text and checks it; the libraries for both are loaded now. The kind's error, with the place. */
export async function parseYamlDocument<T>(
  text: string,
  options: {
    readonly file: string;
    readonly isText: IsText;
    readonly kind: YamlKind;
    /** Loads the schema. */
    readonly schema: () => Promise<z.ZodType<T>>;
  },
): Promise<YamlDocument<T>> {
  const yaml = await parseYaml(text, options);
  const schema = await options.schema();
  const result = schema.safeParse(yaml.value);
  if (result.success) return { content: result.data, locate: yaml.locate };
  const { schemaError } = await import("./schema-error.ts");
  throw schemaError(result.error.issues, { yaml, schema });
}

/** Bytes as text; the kind's error unless they are UTF-8. A byte order mark is dropped. */
export function decodeText(
  bytes: Uint8Array,
  { file, kind }: { readonly file: string; readonly kind: YamlKind },
): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TareError(kind.code, `${file} is not UTF-8 text`, { hint: "save the file as UTF-8", cause });
  }
}

import * as z from "zod";

/** The keys that a schema knows at a path of keys and indexes; none where it has no keys of its own. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let here: z.core.$ZodType | undefined = withKeys(schema);
  for (const step of path) here = here && withKeys(below(here, String(step)));
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

function below(schema: z.core.$ZodType, step: string): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject)
    return Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

/** The schema inside `optional`, and of alternatives the one that has keys. */
function withKeys(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional) return withKeys(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.find((option) => option instanceof z.ZodObject);
  return schema;
}

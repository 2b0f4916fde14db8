import * as z from "zod";
import { recipeSchema } from "./schema.ts";

/** The schema of a recipe's file for editors: JSON Schema, draft 7, which is what they know. */
export function recipeJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(recipeSchema, { target: "draft-7", io: "input", reused: "ref" });
  return { ...schema, title: "A recipe of Tare" };
}

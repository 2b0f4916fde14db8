import * as z from "zod";
import { settingsSchema } from "./schema.ts";

/** The schema of `tare.yaml` for editors: JSON Schema, draft 7, which is what they know. */
export function settingsJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(settingsSchema, { target: "draft-7", io: "input" });
  return { ...schema, title: "Settings of a project for Tare" };
}

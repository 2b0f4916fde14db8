import { z } from "zod";
import { completePattern } from "./image-pattern.ts";

const images = z
  .string()
  .refine(
    isImageKey,
    "must be the name of an image, perhaps with *\nfor example python:3.11-slim, or registry.example.com/base/*",
  )
  .describe("An image's name; * stands for any characters but a slash");

const recipe = z
  .string()
  .min(1, "must be the name of a recipe, or the path of its file\nfor example python:12, or ./bases/web.yaml")
  .describe("python:12, or a file seen from the folder of tare.yaml: ./bases/web.yaml");

/** The form of `tare.yaml`. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  bases: z
    .strictObject({
      "well-known": z
        .boolean()
        .optional()
        .describe("Compose gcr.io/distroless/* and debian:* by recipes; default: false"),
      map: z.record(images, recipe).optional().describe("Images, and the recipes that compose them"),
    })
    .optional()
    .describe("Which images are composed instead of being looked for"),
});

export type SettingsContent = z.infer<typeof settingsSchema>;

function isImageKey(text: string): boolean {
  return completePattern(text) !== undefined;
}

import * as z from "zod";
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

const place = z
  .string()
  .regex(
    /^(?:\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?::\d+)?(?:\/[a-z0-9._-]+)*$/,
    "must be a registry's host, perhaps with the beginning of a repository's name\nfor example mirror.example.com:5000/hub",
  );

const prefix = z
  .string()
  .regex(
    /^(?:\*\.[A-Za-z0-9.-]+|(?:\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?::\d+)?(?:\/[a-z0-9._-]+)*)$/,
    "must be a registry's host, perhaps with the beginning of a repository's name\nfor example docker.io, registry.example.com:5000/team, or *.example.com",
  )
  .describe("A registry's host, perhaps with the beginning of a repository's name");

const insecure = z
  .boolean()
  .optional()
  .describe("Whether it may be spoken to without TLS, or with a certificate that nobody vouches for");

const mirror = z.strictObject({
  location: place,
  insecure,
  "pull-from-mirror": z
    .enum(["all", "digest-only", "tag-only"])
    .optional()
    .describe("Which names it is asked for; default: all"),
});

const registry = z.strictObject({
  mirrors: z
    .array(z.union([place, mirror]))
    .optional()
    .describe("Asked in this order before the registry itself, for what is read"),
  location: place.optional().describe("Where images are read from instead"),
  insecure,
  blocked: z.boolean().optional().describe("Whether nothing is read from it or written to it"),
  ca: z.string().min(1).optional().describe("A PEM file of authorities, seen from the folder of tare.yaml"),
  client: z
    .strictObject({ certificate: z.string().min(1), key: z.string().min(1) })
    .optional()
    .describe("PEM files that say who we are, seen from the folder of tare.yaml"),
});

export type RegistryContent = z.infer<typeof registry>;

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
  registries: z.record(prefix, registry).optional().describe("Mirrors and certificates of registries"),
});

export type SettingsContent = z.infer<typeof settingsSchema>;

function isImageKey(text: string): boolean {
  return completePattern(text) !== undefined;
}

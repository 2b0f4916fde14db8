/**
 * registry: a client of image registries (OCI distribution-spec 1.1, Docker's manifests of schema 2). Credentials,
 * tokens, manifests, blobs that are verified while they are read and go on after a broken connection, uploads that
 * send nothing that is there. Knows nothing of the local store.
 */
export { jsonObject } from "./answers.ts";
export * from "./credentials.ts";
export * from "./fetch-blob.ts";
export * from "./has-blob.ts";
export * from "./host-tls.ts";
export * from "./login-file.ts";
export * from "./manifests.ts";
export * from "./mount-blob.ts";
export * from "./open-repository.ts";
export * from "./push-blob.ts";
export * from "./push-manifest.ts";
export * from "./referrers.ts";
export * from "./registries-conf.ts";
export * from "./registry.ts";
export * from "./resolve-image.ts";
export * from "./tags.ts";

/**
 * debian: apt repositories and packages. Signed Release files, Packages indexes, version order, dependency
 * resolution, a verified download cache, and .deb files. Knows nothing of images.
 */
export * from "./changelog.ts";
export * from "./deb.ts";
export { MIRROR_HINTS } from "./download-file.ts";
export * from "./keyring.ts";
export * from "./mirror.ts";
export { findOwners, type Owner, type OwnerRequest } from "./owner.ts";
export { PACKAGE_FORMS } from "./package-form.ts";
export * from "./package-index.ts";
export * from "./relation.ts";
export * from "./release.ts";
export * from "./release-files.ts";
export * from "./repository.ts";
export * from "./resolution.ts";
export * from "./resolve.ts";
export * from "./resolved.ts";
export { SHELLLESS_RULES, type ShelllessRule } from "./shellless.ts";
export * from "./source.ts";
export * from "./version.ts";
export * from "./why.ts";

/**
 * trust: lists of certificates as programs read them. PEM bundles for OpenSSL and everybody who does as it does, and
 * Java's own key stores. Pure: certificates in, bytes out.
 */
export * from "./java-keystore.ts";
export * from "./pem.ts";

import { collectBytes, TareError } from "../base/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { derOf, javaKeyStore, splitPem, uniqueCertificates } from "../trust/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import { type Placed, placedFile } from "./placed.ts";

/** Where the package ca-certificates has them, a file each. */
const SOURCE = /^usr\/share\/ca-certificates\/.*\.crt$/;
const BUNDLE = "etc/ssl/certs/ca-certificates.crt";
const JAVA_STORE = "etc/ssl/certs/java/cacerts";

/**
 * The certificate authorities of the packages as programs look for them: one bundle for OpenSSL
 * and everybody who does as it does, and Java's own store.
 */
export async function trustFiles(
  packages: readonly PackageLayer[],
  { trust, mtime }: { readonly trust: Recipe["trust"]; readonly mtime: number },
): Promise<readonly Placed[]> {
  if (!trust.bundle && !trust.java) return [];
  const pems = uniqueCertificates((await Promise.all(packages.map(certificatesOf))).flat());
  if (pems.length === 0)
    throw new TareError(
      "user-bad-recipe",
      "the image is to have a trust store, but no package brings certificates",
      {
        hint: "add the package ca-certificates, or say trust: { bundle: false, java: false }",
      },
    );
  const own = { mode: 0o444, uid: 0, gid: 0, mtime };
  const placed: Placed[] = [];
  if (trust.bundle) {
    placed.push(placedFile({ ...own, path: BUNDLE }, pems.map((pem) => `${pem}\n`).join("")));
  }
  if (trust.java) placed.push(placedFile({ ...own, path: JAVA_STORE }, javaKeyStore(pems.map(derOf))));
  return placed;
}

async function certificatesOf({ layer }: PackageLayer): Promise<readonly string[]> {
  const { entries } = await layer.index();
  const files = entries.filter(({ path, kind }) => kind === "file" && SOURCE.test(path));
  const texts = files.map(async (entry) => (await collectBytes(layer.read(entry))).toString("latin1"));
  return (await Promise.all(texts)).flatMap(splitPem);
}

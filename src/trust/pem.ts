/** The certificates of a PEM file; none when there is no such file. */
export function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}

/** A certificate's bytes (DER). */
export function derOf(pem: string): Buffer {
  return Buffer.from(certificateBody(pem), "base64");
}

/** A certificate's base64, by which the same one is known however it is broken into lines. */
export function certificateBody(pem: string): string {
  return pem.replace(/-----[^-]*-----|\s+/g, "");
}

/** Each certificate once, however it is broken into lines. */
export function uniqueCertificates(pems: readonly string[]): readonly string[] {
  return [...new Map(pems.map((pem) => [certificateBody(pem), pem])).values()];
}

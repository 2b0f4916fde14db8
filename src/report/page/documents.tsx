import type { JSX } from "preact";
import type { ReportDocument, ReportImage } from "../data.ts";
import { bytes } from "./model/format.ts";
import { Section } from "./section.tsx";

/** Bills of materials, which are in this page and can be taken out of it. */
export function Documents({ image }: { readonly image: ReportImage }): JSX.Element | null {
  if (image.documents.length === 0) return null;
  return (
    <Section
      id="documents"
      title="Take it along"
      lead="What software is in the image, for tools that read it."
    >
      <ul class="documents">
        {image.documents.map((document) => (
          <li key={document.fileName}>
            <button type="button" onClick={() => save(document)}>
              <b>{document.title}</b>
              <span>
                {document.fileName}, {bytes(document.text.length)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function save({ fileName, mediaType, text }: ReportDocument): void {
  const address = URL.createObjectURL(new Blob([text], { type: mediaType }));
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ReportData, ReportImage } from "../data.ts";
import { Build } from "./build.tsx";
import { Compare } from "./compare.tsx";
import { Documents } from "./documents.tsx";
import { FileTable } from "./file-table.tsx";
import { Findings } from "./findings.tsx";
import { Header } from "./header.tsx";
import { LayerTable } from "./layer-table.tsx";
import { search } from "./model/search.ts";
import { Overview } from "./overview.tsx";
import { PackageTable } from "./package-table.tsx";
import { useLater } from "./use-later.ts";
import { Weight } from "./weight.tsx";

/** The whole report: one image at a time, and all of them side by side where there are several. */
export function App({ data }: { readonly data: ReportData }): JSX.Element {
  // Who compares wants to see what it came to.
  const [place, setPlace] = useState(data.images.length - 1);
  const [query, setQuery] = useState("");
  const image = data.images[place] as ReportImage;
  const settled = useLater(query, 120);
  const found = useMemo(() => search(image, settled), [image, settled]);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Header data={data} place={place} onPlace={setPlace} query={query} onQuery={setQuery} found={found} />
      <main id="content" tabIndex={-1}>
        <Overview image={image} images={data.images} />
        {data.images.length > 1 && <Compare data={data} place={place} />}
        <Weight key={place} image={image} found={found} />
        {image.build && <Build build={image.build} image={image} />}
        <Findings image={image} />
        <PackageTable image={image} found={found} />
        <FileTable image={image} found={found} />
        <LayerTable image={image} />
        <Documents image={image} />
      </main>
      <footer>
        <p>
          Made by <b>{data.tool}</b>. This page is one file: it loads nothing and sends nothing.
        </p>
      </footer>
    </>
  );
}

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ReportImage } from "../data.ts";
import { bytes, count, counted, share } from "./model/format.ts";
import { type Found, largest, matchedSizes, pathOfFile } from "./model/search.ts";
import { findFile, type Part, pathOf, treeOf, type View } from "./model/tree.ts";
import { PartTable } from "./part-table.tsx";
import { Path } from "./path.tsx";
import { Section } from "./section.tsx";
import { Treemap } from "./treemap.tsx";

const VIEWS: readonly (readonly [View, string])[] = [
  ["folder", "Folders"],
  ["package", "Packages"],
  ["layer", "Layers"],
  ["cause", "Causes"],
];

/** Where the bytes are: a map to walk through, or the same as a table. */
export function Weight({
  image,
  found,
}: {
  readonly image: ReportImage;
  readonly found: Found | undefined;
}): JSX.Element {
  const [view, setView] = useState<View>(image.packages.length > 0 ? "package" : "folder");
  const [asTable, setAsTable] = useState(false);
  const root = useMemo(() => treeOf(image, view), [image, view]);
  const [chosen, setChosen] = useState<Part>(root);
  const [looked, setLooked] = useState<Part>();
  const shown = pathOf(chosen)[0] === root ? chosen : root;
  const matched = useMemo(() => (found ? matchedSizes(root, found) : undefined), [root, found]);
  const zoom = (part: Part) => {
    setLooked(undefined);
    setChosen(part);
  };
  return (
    <Section id="weight" title="Where the weight is" lead={leadOf(image)}>
      <div class="tools">
        <fieldset class="choice">
          <legend class="hidden">Group by</legend>
          {VIEWS.filter(([value]) => hasView(image, value)).map(([value, title]) => (
            <label key={value}>
              <input type="radio" name="view" checked={view === value} onChange={() => setView(value)} />
              <span>{title}</span>
            </label>
          ))}
        </fieldset>
        <label class="toggle">
          <input type="checkbox" checked={asTable} onChange={() => setAsTable(!asTable)} />
          <span>As a table</span>
        </label>
      </div>
      <Crumbs part={shown} onZoom={zoom} />
      {found && <Matches image={image} found={found} root={root} onZoom={zoom} />}
      {asTable ? (
        <PartTable part={shown} matched={matched} onZoom={zoom} />
      ) : (
        <>
          <Treemap part={shown} matched={matched} onZoom={zoom} onLook={setLooked} />
          <Details image={image} part={looked ?? shown} />
        </>
      )}
    </Section>
  );
}

function hasView({ packages, layers }: ReportImage, view: View): boolean {
  if (view === "package") return packages.length > 0;
  return view !== "cause" || layers.some(({ cause }) => cause !== undefined && cause.kind !== "unexplained");
}

function leadOf({ files, size }: ReportImage): string {
  return `${counted(files.names.length, "file")}, ${bytes(size)} in layers. Choose an area to look into it.`;
}

function Crumbs({
  part,
  onZoom,
}: {
  readonly part: Part;
  readonly onZoom: (part: Part) => void;
}): JSX.Element {
  const path = pathOf(part);
  return (
    <nav class="crumbs" aria-label="Where the map is">
      <ol>
        {path.map((step, at) => (
          <li key={at}>
            {step === part ? (
              <b aria-current="location">{step.name}</b>
            ) : (
              <button type="button" onClick={() => onZoom(step)}>
                {step.name}
              </button>
            )}
          </li>
        ))}
      </ol>
      <span>
        {bytes(part.size)} <span class="quiet">in {counted(part.files, "file")}</span>
      </span>
    </nav>
  );
}

const MOST = 6;

/** The largest files that the search has found; each leads to where it is on the map. */
function Matches({
  image,
  found,
  root,
  onZoom,
}: {
  readonly image: ReportImage;
  readonly found: Found;
  readonly root: Part;
  readonly onZoom: (part: Part) => void;
}): JSX.Element {
  const files = largest(image, found, MOST);
  const show = (file: number) => onZoom(findFile(root, file)?.parent ?? root);
  return (
    <div class="matches">
      <p>
        {found.matches === 0
          ? "Nothing of that name is in the image."
          : `${counted(found.matches, "file")} found, ${bytes(found.size)}, ${share(found.size, image.size)} of the image`}
      </p>
      <ul>
        {files.map((file) => (
          <li key={file}>
            <button type="button" onClick={() => show(file)}>
              <Path path={pathOfFile(image, file)} /> <em>{bytes(image.files.sizes[file] as number)}</em>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is known of the part that somebody points at. */
function Details({ image, part }: { readonly image: ReportImage; readonly part: Part }): JSX.Element {
  const owner =
    part.file === undefined ? undefined : image.packages[image.files.package[part.file] as number];
  const layer = part.file === undefined ? undefined : image.files.layer[part.file];
  const cause = layer === undefined ? undefined : image.layers[layer]?.cause;
  const path = pathOf(part).slice(1);
  return (
    <p class="details">
      <b>{path.length === 0 ? part.name : path.map(({ name }) => name).join(" / ")}</b>
      <span>
        {bytes(part.size)}, {share(part.size, image.size)} of the image
      </span>
      {part.file === undefined && <span>{count(part.files)} files</span>}
      {owner && (
        <span>
          from {owner.name} {owner.version}
        </span>
      )}
      {layer !== undefined && <span>in layer {layer + 1}</span>}
      {cause && !owner && <span>{cause.place ?? cause.title}</span>}
    </p>
  );
}

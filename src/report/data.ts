/** What a report shows, as its page reads it: JSON, columns in place of 60,000 objects. Sizes are bytes. */
export interface ReportData {
  readonly version: 1;
  /** What made the report, `tare 0.1.0`. */
  readonly tool: string;
  /** In the order in which they are compared, `before` first. */
  readonly images: readonly ReportImage[];
  /** For each image but the first, how it differs from the first. */
  readonly changes: readonly ReportChanges[];
}

export interface ReportChanges {
  readonly gone: ReportMoves;
  readonly came: ReportMoves;
}

/** Packages, and folders of what is in no package. */
export interface ReportMoves {
  readonly count: number;
  readonly size: number;
  /** The largest of them. */
  readonly largest: readonly { readonly name: string; readonly version?: string; readonly size: number }[];
}

export interface ReportImage {
  /** The shortest name, or the id. */
  readonly name: string;
  readonly id: string;
  readonly platform: string;
  /** ISO 8601. */
  readonly created?: string;
  readonly size: number;
  readonly metrics: readonly ReportMetric[];
  readonly layers: readonly ReportLayer[];
  readonly packages: readonly ReportPackage[];
  readonly files: ReportFiles;
  readonly surface?: ReportSurface;
  /** Absent for an image that was not built here. */
  readonly build?: ReportBuild;
  /** Documents that the page offers as files. */
  readonly documents: readonly ReportDocument[];
}

/** One fact of an image; the same `id` is the same fact of every image. */
export interface ReportMetric {
  readonly id: string;
  readonly label: string;
  readonly value: number | string;
  /** How the value is written; absent for text. */
  readonly unit?: "bytes" | "count";
  /** Whether an image that has less of it is the better one. */
  readonly isBurden?: boolean;
  /** Whether it was worked out from samples. */
  readonly isEstimated?: boolean;
  /** Whether somebody should be glad or look again. */
  readonly tone?: "good" | "warn";
}

export interface ReportLayer {
  readonly title: string;
  readonly size: number;
  /** Bytes of its files that the image still shows. */
  readonly visible: number;
  readonly files: number;
  /** What made it. */
  readonly cause?: ReportCause;
}

/** As `tare weigh` tells it: `copy`, `COPY --from=build /app /app`, `Dockerfile:7, stage final`. */
export interface ReportCause {
  readonly kind: "copy" | "run" | "composition" | "other" | "unexplained";
  readonly title: string;
  readonly place?: string;
}

export interface ReportPackage {
  readonly name: string;
  readonly version: string;
  /** `deb`, `npm`, `pypi`, … */
  readonly type: string;
  readonly license?: string;
  readonly size: number;
  readonly files: number;
}

/** The files that the image shows, column by column: the same place in each is the same file. */
export interface ReportFiles {
  /** Folders by their paths without a leading slash, `""` first, every folder behind the one that it is in. */
  readonly folders: readonly string[];
  readonly names: readonly string[];
  /** Places in `folders`. */
  readonly folder: readonly number[];
  readonly sizes: readonly number[];
  /** Places in `layers`. */
  readonly layer: readonly number[];
  /** Places in `packages`; -1 for none. */
  readonly package: readonly number[];
  /** `st_mode`: kind and permissions. */
  readonly modes: readonly number[];
}

/** What an attacker would find. */
export interface ReportSurface {
  /** The sum of the points. */
  readonly score: number;
  readonly findings: readonly ReportFinding[];
}

export interface ReportFinding {
  readonly title: string;
  /** Why it is bad to have. */
  readonly why: string;
  readonly points: number;
  /** Paths or words; none is good news. */
  readonly items: readonly string[];
}

/** How the image was built; times are milliseconds. */
export interface ReportBuild {
  /** ISO 8601. */
  readonly at: string;
  readonly took: number;
  readonly stages: readonly ReportStage[];
  readonly steps: readonly ReportStep[];
}

export interface ReportStage {
  readonly name: string;
  readonly base: string;
  readonly size?: number;
  readonly leftBehind?: number;
  readonly uses: readonly {
    readonly stage: number;
    readonly how: "base" | "copy" | "mount";
    readonly size?: number;
  }[];
}

export interface ReportStep {
  readonly name: string;
  readonly stage?: number;
  readonly outcome: "done" | "cached";
  readonly startedAt?: number;
  readonly took?: number;
  readonly size?: number;
  readonly reason?: string;
  readonly critical?: true;
}

export interface ReportDocument {
  /** `CycloneDX 1.6`. */
  readonly title: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly text: string;
}

/** Where a run keeps `Provenance`, one JSON line each. */
export const provenanceFile = 'provenance.jsonl';

/** What a run was made with; one for each time that it was started. */
export interface Provenance {
  readonly startedAt: string;
  readonly archsearch: string;
  readonly node: string;
  readonly tfjs: string;
  readonly system: string;
  readonly processor: string;
  readonly data: readonly DataFile[];
}

export interface DataFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What `reportData` needs beside the search and its trials. */
export interface ReportFiles {
  /** The YAML as the user wrote it. */
  readonly manifest: string;
  /** Failed trial → end of its log. */
  readonly logs: Readonly<Record<string, string>>;
  readonly starts: readonly Provenance[];
}

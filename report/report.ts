import type {Snapshot} from '../operator/local/snapshot.ts';
import {readSnapshot} from '../operator/local/snapshot.ts';
import type {RunDirectory} from '../operator/local/directory.ts';
import type {ReportFiles} from './data/files.ts';
import {reportData} from './data/report-data.ts';
import {draw} from './drawing/layout.ts';
import {readReportFiles} from './files.ts';
import {pageOf} from './page.ts';

/** The report of a run as one HTML page; undefined when the directory holds no search. Reads the run and changes nothing. */
export async function reportOf(directory: RunDirectory): Promise<string | undefined> {
  const snapshot = readSnapshot(directory.journal);
  if (snapshot === undefined) return undefined;
  return renderReport(snapshot, readReportFiles(directory, snapshot));
}

/** The page of a search, whatever it was read from. */
export async function renderReport(snapshot: Snapshot, files: ReportFiles): Promise<string> {
  const data = reportData(snapshot, files);
  return pageOf({...data, networks: await Promise.all(data.networks.map(draw))});
}

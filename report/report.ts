import {readSnapshot} from '../operator/local/snapshot.ts';
import type {RunDirectory} from '../operator/local/directory.ts';
import {reportData} from './data/report-data.ts';
import {draw} from './drawing/layout.ts';
import {readReportFiles} from './files.ts';
import {pageOf} from './page.ts';

/** The report of a run as one HTML page; undefined when the directory holds no search. Reads the run and changes nothing. */
export async function reportOf(directory: RunDirectory): Promise<string | undefined> {
  const snapshot = readSnapshot(directory.journal);
  if (snapshot === undefined) return undefined;
  const data = reportData(snapshot, readReportFiles(directory, snapshot));
  return pageOf({...data, networks: await Promise.all(data.networks.map(draw))});
}

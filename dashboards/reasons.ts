import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const page = join(import.meta.dirname, '..', 'docs', 'cluster.md');

/** What each reason means and what to do, as docs/cluster.md tells it: a table in Markdown. */
export function reasons(): string {
  const section = /^## What is wrong\?\n(.*?)(?=^## |(?![^]))/ms.exec(readFileSync(page, 'utf8'))?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  if (rows.length < 3) throw new Error('docs/cluster.md has no table of reasons under "What is wrong?"');
  return rows.map(compact).join('\n');
}

/** Without the spaces that line its columns up, and the dashes that underline them. */
const compact = (row: string): string => row.replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---');

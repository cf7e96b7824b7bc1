import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {searchDashboard} from './search.ts';

// node dashboards/main.ts: writes the dashboards that the chart installs anew. With --check: fails when they are not those of this folder.

const folder = join(import.meta.dirname, '..', 'helm', 'archsearch', 'dashboards');
const dashboards = {search: searchDashboard};

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

for (const [name, build] of Object.entries(dashboards)) {
  const file = join(folder, `${name}.json`);
  const fresh = `${JSON.stringify(build(), null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    mkdirSync(folder, {recursive: true});
    writeFileSync(file, fresh);
  } else if (fresh !== read(file)) {
    console.error(`${file} is not what dashboards/ says: run 'npm run dashboards' and commit the result`);
    process.exitCode = 1;
  }
}

import {existsSync} from 'node:fs';
import type {Browser} from 'playwright-core';
import {chromium} from 'playwright-core';

/** Where Chromium is on Debian and elsewhere; `CHROMIUM` names another. */
const places = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Starts the browser of the machine; throws an Error that says how to get one. */
export function launch(): Promise<Browser> {
  const executablePath = places.find((path) => path !== '' && existsSync(path));
  if (executablePath === undefined)
    throw new Error(
      'no Chromium: install it (Debian: `apt-get install chromium`), or set CHROMIUM to the path of Chrome or Chromium',
    );
  // As root, in containers, Chromium has no sandbox to start in.
  return chromium.launch({executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage']});
}

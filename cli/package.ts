import {readFileSync} from 'node:fs';

const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

export const {version: packageVersion, description: packageDescription} = JSON.parse(text) as {
  readonly version: string;
  readonly description: string;
};

import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';

/** One cell of the published table; see test/data/README.md. */
export interface TableRow {
  readonly arch: string;
  readonly canonical: string;
  /** Percent. */
  readonly accuracy: number;
  readonly seconds: number;
  readonly parametersMillions: number;
  /** Rounded to four decimals. */
  readonly flopsMillions: number;
}

const file = new URL('../data/nas-bench-201-cifar10.csv.gz', import.meta.url);

/** All 15,625 cells. */
export function readTable(): TableRow[] {
  const [, ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  return lines.map((line) => {
    const [arch = '', canonical = '', accuracy, seconds, parameters, flops] = line.split(',');
    return {
      arch,
      canonical,
      accuracy: Number(accuracy),
      seconds: Number(seconds),
      parametersMillions: Number(parameters),
      flopsMillions: Number(flops),
    };
  });
}

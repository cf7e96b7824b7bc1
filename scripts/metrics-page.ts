import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {format, resolveConfig} from 'prettier';
import type {Families} from '../operator/metrics/family.ts';
import {operatorFamilies} from '../operator/metrics/operator-families.ts';
import {budgetFamilies, searchFamilies} from '../operator/metrics/search-families.ts';

// node scripts/metrics-page.ts: writes the tables of docs/metrics.md anew. With --check: fails when they are not those of the operator.

const page = join(import.meta.dirname, '..', 'docs', 'metrics.md');

function table(families: Families): string {
  const rows = Object.entries(families).map(([name, {type, help, labels, buckets}]) => {
    const bounds = buckets === undefined ? '' : ` Buckets: ${buckets.join(', ')}.`;
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help}${bounds} |`;
  });
  return ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

const tables: Readonly<Record<string, Families>> = {
  searches: searchFamilies,
  budgets: budgetFamilies,
  operator: operatorFamilies,
};

function withTables(text: string): string {
  return Object.entries(tables).reduce((page, [name, families]) => {
    const marks = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*?(<!-- end of ${name} -->)`);
    if (!marks.test(page)) throw new Error(`docs/metrics.md has no place for ${name}`);
    return page.replace(marks, (_all, start: string, end: string) => `${start}\n${table(families)}\n\n${end}`);
  }, text);
}

const found = readFileSync(page, 'utf8');
const fresh = await format(withTables(found), {...(await resolveConfig(page)), filepath: page});
if (!process.argv.includes('--check')) writeFileSync(page, fresh);
else if (fresh !== found) {
  console.error("docs/metrics.md differs from the operator's metrics: run 'npm run metrics' and commit the result");
  process.exitCode = 1;
}

import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {pathToFileURL} from 'node:url';
import axe from 'axe-core';
import type {Browser, BrowserContext, BrowserContextOptions, Page} from 'playwright-core';
import {z} from 'zod';
import {renderReport} from '../../report/report.ts';
import {noFiles, snapshotOf, wholeRun} from '../report/runs.ts';
import {launch} from './chromium.ts';

// The page in a real browser. SCREENSHOTS=FOLDER keeps pictures of it, to be looked at.

const axeResult = z.object({
  violations: z.array(z.object({id: z.string(), help: z.string(), nodes: z.array(z.object({html: z.string()}))})),
});

const megabyte = 1024 * 1024;
const manyTrials = 5_000;

let browser: Browser;
let folder = '';
const files = {small: '', large: '', empty: ''};

/** A page with the report in it, and everything that went wrong on it or left it for the network. */
interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly troubles: string[];
}

async function open(file: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (!/^(?:file|data|blob):/.test(request.url())) troubles.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await page.locator('html[data-ready]').waitFor();
  return {page, context, troubles};
}

/** Every chart is drawn, as for printing. */
async function drawAll(page: Page): Promise<void> {
  await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
  const frames = await page.locator('.chart').count();
  await page
    .locator('.chart [role=img] svg')
    .nth(frames - 1)
    .waitFor();
}

async function screenshot(page: Page, name: string): Promise<void> {
  const target = process.env['SCREENSHOTS'];
  if (target !== undefined) await page.screenshot({path: join(target, `${name}.png`), fullPage: true});
}

const rowsOf = (page: Page) => page.locator('.trials tbody > tr:not(.details)');
const texts = (page: Page, column: number): Promise<string[]> =>
  page.locator(`.trials tbody > tr:not(.details) > :nth-child(${String(column)})`).allInnerTexts();
const accuracyColumn = 4;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'archsearch-browser-'));
  browser = await launch();
  const reports = {
    small: wholeRun(60),
    large: wholeRun(manyTrials),
    empty: {snapshot: snapshotOf([], {status: {phase: 'Running'}}), files: noFiles},
  };
  for (const name of ['small', 'large', 'empty'] as const) {
    files[name] = join(folder, `${name}.html`);
    writeFileSync(files[name], await renderReport(reports[name].snapshot, reports[name].files));
  }
});
after(async () => {
  await browser.close();
  rmSync(folder, {recursive: true, force: true});
});

const appearances: readonly {readonly name: string; readonly options: BrowserContextOptions}[] = [
  {name: 'light-1280', options: {colorScheme: 'light'}},
  {name: 'dark-1280', options: {colorScheme: 'dark'}},
  {name: 'light-390', options: {colorScheme: 'light', viewport: {width: 390, height: 844}}},
  {name: 'dark-390', options: {colorScheme: 'dark', viewport: {width: 390, height: 844}}},
];

describe('the report in a browser', () => {
  for (const {name, options} of appearances)
    it(`is accessible, loads nothing, complains of nothing and fits its width: ${name}`, async () => {
      const {page, context, troubles} = await open(files.small, options);
      await drawAll(page);
      await page.locator('.opener').first().click();
      for (const summary of await page.locator('summary').all()) await summary.click();
      await screenshot(page, name);
      await page.evaluate(axe.source);
      const {violations} = axeResult.parse(await page.evaluate('axe.run()'));
      assert.deepEqual(
        violations.map(({id, help, nodes}) => `${id}: ${help}: ${nodes[0]?.html ?? ''}`),
        [],
      );
      const [content, window] = z
        .tuple([z.number(), z.number()])
        .parse(await page.evaluate('[document.documentElement.scrollWidth, innerWidth]'));
      assert.ok(content <= window, `${String(content)} pixels of content in a window of ${String(window)}`);
      assert.deepEqual(troubles, []);
      await context.close();
    });

  it('answers its questions in their order, and shows text of users as text', async () => {
    const {page, context, troubles} = await open(files.small);
    assert.deepEqual(await page.locator('h2').allInnerTexts(), [
      'Was it worth it?',
      'What was found?',
      'How did it get there?',
      'What failed?',
      'Every trial',
      'To have it again',
    ]);
    await page.getByText('<img src=x onerror=').first().waitFor({state: 'attached'});
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.title(), 'run: archsearch report');
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it('sorts the trials by a click on a heading, and says so', async () => {
    const {page, context} = await open(files.small);
    const heading = page.locator('.trials thead th').nth(accuracyColumn - 1);
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    const descending = (await texts(page, accuracyColumn)).map(Number);
    assert.deepEqual(
      descending,
      descending.toSorted((a, b) => b - a),
    );
    // from descending to none to ascending or back, whichever the table does first: two clicks reach the other direction
    while ((await heading.getAttribute('aria-sort')) !== 'ascending') await heading.getByRole('button').click();
    const ascending = (await texts(page, accuracyColumn)).map(Number);
    assert.deepEqual(
      ascending,
      ascending.toSorted((a, b) => a - b),
    );
    assert.notDeepEqual(ascending, descending);
    await context.close();
  });

  it('filters the trials by text, purpose, outcome and value', async () => {
    const {page, context} = await open(files.small);
    const filters = page.getByRole('search');
    const shown = page.locator('#trials [role=status]').first();
    await filters.getByLabel('Outcome').selectOption('NotANumber');
    await page.getByText('2 of 64 trials').waitFor();
    assert.equal(await rowsOf(page).count(), 2);
    await filters.getByLabel('Outcome').selectOption('');
    await filters.getByLabel('Purpose').selectOption('Baseline');
    await page.getByText('2 of 64 trials').waitFor();
    await filters.getByLabel('Purpose').selectOption('');
    await filters.getByLabel('accuracy at least').fill('0.94');
    await page.waitForFunction(`/ of 64/.test(document.querySelector('#trials [role=status]').textContent)`);
    const values = (await texts(page, accuracyColumn)).map(Number);
    assert.ok(values.length > 0 && values.every((value) => value >= 0.94), values.join());
    await filters.getByLabel('accuracy at least').fill('');
    await filters.getByLabel('Search').fill('run-c17');
    await page.getByText('1 of 64 trials').waitFor();
    assert.match(await shown.innerText(), /^1 of 64/);
    await context.close();
  });

  it('turns pages, and opens a trial for all that is known of it', async () => {
    const {page, context} = await open(files.small);
    const first = await texts(page, 1);
    await page.getByRole('button', {name: 'Next'}).click();
    await page.getByText('page 2 of 3').waitFor();
    assert.notDeepEqual(await texts(page, 1), first);
    const opener = page.locator('.opener').first();
    await opener.click();
    assert.equal(await opener.getAttribute('aria-expanded'), 'true');
    assert.match(await page.locator('.details').innerText(), /Measured[\s\S]*accuracy 0/);
    await context.close();
  });

  it('is worked by keyboard alone: skip link, sorting, opening, layers of a network', async () => {
    const {page, context} = await open(files.small);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Skip to the answer');
    await page.locator('.trials .sorter').first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.trials thead th').first().getAttribute('aria-sort'), 'ascending');
    await page.locator('.opener').first().focus();
    await page.keyboard.press('Space');
    assert.equal(await page.locator('.details').count(), 1);
    await page.locator('.canvas').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.match(
      await page.locator('.layer').first().innerText(),
      /conv2d_1: conv 3×3, 8 → 8 × 8 × 8, 72 parameters, 4,608 FLOPs/,
    );
    await context.close();
  });

  it('tells what a layer does and costs under the pointer, for winner and baseline', async () => {
    const {page, context} = await open(files.small);
    for (const place of [0, 1]) {
      const network = page.locator('.network').nth(place);
      await network.locator('.layer-node').nth(1).hover();
      assert.match(await network.locator('.layer').innerText(), /^conv2d_1: .* parameters, .* FLOPs$/);
    }
    await context.close();
  });

  it('tells progress against time as well as against GPU time', async () => {
    const {page, context, troubles} = await open(files.small);
    await page.getByLabel('time', {exact: true}).check();
    await page.locator('#progress').getByText('against time spent').waitFor();
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it('prints on pages with every chart drawn', async () => {
    const {page, context, troubles} = await open(files.small);
    await page.emulateMedia({media: 'print'});
    await drawAll(page);
    const pdf = await page.pdf({format: 'A4'});
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    assert.equal(await page.locator('nav').isVisible(), false);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it('exists for a search without a single trial', async () => {
    const {page, context, troubles} = await open(files.empty);
    await page.getByText('Not known: the search is not over').waitFor();
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it(`holds ${String(manyTrials)} trials in at most 5 MB, and works`, async (test) => {
    const {size} = statSync(files.large);
    const {page, context, troubles} = await open(files.large);
    const ready = await page.evaluate(`Number(document.documentElement.dataset.ready)`);
    const begun = performance.now();
    await page.getByRole('search').getByLabel('Search').fill('run-c4711');
    await page.getByText(/^1 of 5,00\d trials/).waitFor();
    const filtered = performance.now() - begun;
    await page.getByRole('search').getByLabel('Search').fill('');
    await drawAll(page);
    test.diagnostic(
      `${(size / megabyte).toFixed(2)} MB; ready after ${String(ready)} ms; filtered in ${filtered.toFixed(0)} ms`,
    );
    await screenshot(page, 'large');
    assert.ok(size <= 5 * megabyte, `${String(size)} bytes`);
    assert.deepEqual(troubles, []);
    await context.close();
  });
});

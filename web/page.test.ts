import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium, openPhone } from './browser-fixture.ts';
import { bundlePage } from './bundle.ts';
import { FakeHub } from './fake-hub.ts';

const timeoutMs = 120_000;

const executablePath = findChromium(process.env.PATH);

test('the bundle is the same from one start to the next', async () => {
  const tags = async (): Promise<string[]> => [...(await bundlePage()).values()].map(({ etag }) => etag);
  assert.deepEqual(await tags(), await tags());
});

if (executablePath === undefined && process.env.CI === undefined)
  process.stdout.write(
    'page.test.ts: there is no Chromium on PATH, so the page is not tested in a browser\n',
  );
else
  describe('the page', { timeout: timeoutMs }, () => {
    let browser: Browser;
    let hub: FakeHub;
    let page: Page;
    const problems: string[] = [];

    before(async () => {
      assert.ok(executablePath !== undefined, 'CI needs chromium or google-chrome on PATH');
      hub = new FakeHub(await bundlePage());
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      page = await openPhone(browser, problems);
      await page.goto(await hub.listen());
      await page.locator('#state', { hasText: 'live' }).waitFor();
    });
    after(async () => {
      await browser?.close();
      hub?.close();
    });

    const priceCell = (symbol: string) => page.locator('tr', { hasText: symbol }).locator('.price');

    test('the symbols of the hub have rows with their last prices', async () => {
      await priceCell('AAPL').filter({ hasText: '100.00' }).waitFor();
      await priceCell('TSLA').filter({ hasText: '100.00' }).waitFor();
    });

    test('a price moves, with its change since the page was opened', async () => {
      hub.price(103);
      await priceCell('AAPL').filter({ hasText: '103.00' }).waitFor();
      await page.locator('tr', { hasText: 'AAPL' }).locator('.up', { hasText: '+3.00 %' }).waitFor();
    });

    test('a symbol that the hub does not know gets a message and no row', async () => {
      await page.fill('#symbol', 'NOPE');
      await page.press('#symbol', 'Enter');
      await page.locator('#notice', { hasText: 'There is no symbol NOPE here.' }).waitFor();
      assert.equal(await page.locator('tbody tr').count(), 2);
    });

    test('a symbol is removed and added again by keyboard', async () => {
      await page.getByRole('button', { name: 'Remove TSLA' }).press('Enter');
      await page.locator('tr', { hasText: 'TSLA' }).waitFor({ state: 'detached' });
      await page.fill('#symbol', 'tsla');
      await page.press('#symbol', 'Enter');
      await priceCell('TSLA').filter({ hasText: '100.00' }).waitFor();
    });

    test('a lost connection is shown, and the page resumes by itself', async () => {
      await page.evaluate(() => {
        const state = document.getElementById('state');
        const seen: (string | undefined)[] = [];
        new MutationObserver(() => seen.push(state?.dataset.state)).observe(document.body, {
          subtree: true,
          attributeFilter: ['data-state'],
        });
        Object.assign(window, { seenStates: seen });
      });
      hub.drop();
      await page.waitForFunction(() => {
        const seen: unknown = Reflect.get(window, 'seenStates');
        return Array.isArray(seen) && seen.includes('reconnecting') && seen.at(-1) === 'live';
      });
      hub.price(104);
      await priceCell('AAPL').filter({ hasText: '104.00' }).waitFor();
    });

    test('an old price is greyed, with a banner that says why, until it is fresh', async () => {
      hub.stale(true);
      await page.locator('#stale', { hasText: 'nasdaq is silent since' }).waitFor();
      await page.locator('tr.stale', { hasText: 'AAPL' }).waitFor();
      assert.equal(await page.locator('tr.stale').count(), 1);
      hub.stale(false);
      await page.locator('#stale').waitFor({ state: 'hidden' });
      assert.equal(await page.locator('tr.stale').count(), 0);
    });

    test('a reset is noted', async () => {
      hub.reset();
      await page.locator('#resets', { hasText: '1 reset, the last of AAPL: slow consumer' }).waitFor();
    });

    test('prices and sizes are shown as they came, however small', async () => {
      const texts = async (): Promise<string[]> =>
        page.locator('tr', { hasText: 'AAPL' }).locator('.number').allTextContents();
      hub.price(151.234, { bid: 151.23, ask: 151.2345, size: 1e-8 });
      await priceCell('AAPL').filter({ hasText: '151.2340' }).waitFor();
      assert.deepEqual((await texts()).slice(2, 5), ['151.2300', '151.2345', '0.00000001']);
      hub.price(2.59e-10, { bid: 2.5e-10, size: 1_250_000 });
      await priceCell('AAPL').filter({ hasText: '0.000000000259' }).waitFor();
      assert.deepEqual((await texts()).slice(2, 5), ['0.000000000250', '', '1,250,000']);
      hub.price(3e-10);
      await priceCell('AAPL').filter({ hasText: '0.000000000300' }).waitFor();
    });

    test('the page fits a phone and breaks no policy', async () => {
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
      assert.deepEqual(problems, []);
    });
  });

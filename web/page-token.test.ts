import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import { type ListeningHub, startHub } from '#hub/socket-fixtures.ts';
import { until } from '#test/harness/redis/until.ts';
import { findChromium, openPhone } from './browser-fixture.ts';
import { bundlePage } from './bundle.ts';

const executablePath = findChromium(process.env.PATH);

/** A token that is good for so long; whole seconds, as tokens have it. */
function lasting(seconds: number, tickwire: object = {}): Promise<string> {
  return tokenWith({ exp: Math.ceil(Date.now() / 1000) + seconds, tickwire });
}

if (executablePath === undefined && process.env.CI === undefined)
  process.stdout.write(
    'page-token.test.ts: there is no Chromium on PATH, so tokens are not tried in a browser\n',
  );
else
  describe('the page at a hub that wants tokens', { timeout: 120_000 }, () => {
    let browser: Browser;
    let hub: ListeningHub;
    let page: Page;
    const problems: string[] = [];

    before(async () => {
      assert.ok(executablePath !== undefined, 'CI needs chromium or google-chrome on PATH');
      const limits = { authenticateWithinMs: 500, gateMs: 50 };
      const edge = { page: await bundlePage() };
      hub = await startHub(limits, undefined, undefined, jwtAuthenticator(), edge);
      await hub.publish('AAPL', 100);
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    });
    beforeEach(async () => {
      await page?.close();
      page = await openPhone(browser, problems);
    });
    after(async () => {
      await browser?.close();
      hub?.hub.stop();
    });

    const open = (token?: string) =>
      page.goto(`http://127.0.0.1:${hub.port}/${token === undefined ? '' : `#token=${token}`}`);
    /** As when the user puts another one into the address. */
    const putInto = (token: string) =>
      page.evaluate((hash) => {
        location.hash = hash;
      }, `token=${token}`);
    const row = (symbol: string) => page.locator('tbody tr', { hasText: symbol });
    const state = (text: string) => page.locator('#state', { hasText: text }).waitFor();
    const stopped = (text: string) => page.locator('#stop', { hasText: text }).waitFor();

    test('prices come with the token in the address, and what it does not cover is said to be so', async () => {
      await open(await lasting(3600, { symbols: ['A*'] }));
      await row('AAPL').locator('.price', { hasText: '100.00' }).waitFor();
      assert.equal(await page.locator('tbody tr').count(), 1);
      await page.fill('#symbol', 'TSLA');
      await page.press('#symbol', 'Enter');
      await page.locator('#notice', { hasText: 'Your token does not cover TSLA.' }).waitFor();
      await row('TSLA').waitFor({ state: 'detached' });
      assert.equal(await page.locator('#stop').isHidden(), true);
    });

    test('another token in the address follows over the same socket, and takes away what it does not cover', async () => {
      const { authentications } = hub.hub.counts;
      const { accepted, refreshed } = authentications;
      await open(await lasting(12));
      await row('TSLA').waitFor();
      await putInto(await lasting(3600, { symbols: ['AAPL', 'MSFT'] }));
      await row('TSLA').waitFor({ state: 'detached' });
      await page
        .locator('#notice', { hasText: 'The hub takes TSLA away: a new token does not cover it.' })
        .waitFor();
      assert.deepEqual([authentications.accepted - accepted, authentications.refreshed - refreshed], [1, 1]);
      await state('live');
    });

    test('a token that expires is told before and after, with what to do, and a new one brings the prices back', async () => {
      await open(await lasting(12));
      await row('AAPL').waitFor();
      await stopped('Your token is about to expire. Put a new one behind #token=');
      await stopped('Your token has expired. Put a new one behind #token=');
      await state('reconnecting');
      await putInto(await lasting(3600));
      await state('live');
      await hub.publish('AAPL', 101);
      await row('AAPL').locator('.price', { hasText: '101.00' }).waitFor();
      assert.equal(await page.locator('#stop').isHidden(), true);
    });

    test('a page without a token, or with a bad one, says what to do, and goes on when it has a good one', async () => {
      for (const [token, problem] of [
        [undefined, 'This hub wants a token. Put yours behind #token='],
        ['rubbish', 'The hub refuses your token: '],
      ] as const) {
        await page.goto('about:blank'); // another hash alone would load nothing
        await open(token);
        await stopped(problem);
        await state('stopped');
        assert.equal(await page.locator('#symbol').isDisabled(), true);
        await putInto(await lasting(3600));
        await row('AAPL').locator('.price', { hasText: '.00' }).waitFor();
        await until('the socket of the page is let in', () => hub.hub.counts.sockets === 1);
      }
    });

    test('none of it breaks the page or its policy', () => assert.deepEqual(problems, []));
  });

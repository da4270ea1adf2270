import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runTickwire } from '#command/program-fixture.ts';
import { type TailRequest, tailCommand } from './command.ts';

const url = 'ws://127.0.0.1:8080/ws';

/** What tail is asked for, or what the command says of its arguments. */
async function parse(args: readonly string[], env: { readonly TICKWIRE_PORT?: string } = {}) {
  const asked: TailRequest[] = [];
  const command = tailCommand(env, (request) => asked.push(request) - 1);
  const { code, stderr } = await runTickwire(['tail', ...args], command);
  return { code, stderr, request: asked[0] };
}

describe('the arguments of tail', () => {
  test('symbols alone are enough', async () => {
    assert.deepEqual(await parse(['AAPL', 'TSLA']), {
      ...{ code: 0, stderr: '' },
      request: { symbols: ['AAPL', 'TSLA'], url, frequency: 0, format: 'json' },
    });
  });

  test('options may stand anywhere', async () => {
    const texts = '--frequency 500 AAPL --format=msgpack --url wss://hub/ws --token a.b.c'.split(' ');
    const asked = { symbols: ['AAPL'], url: 'wss://hub/ws', frequency: 500, format: 'msgpack' };
    assert.deepEqual((await parse(texts)).request, { ...asked, token: 'a.b.c' });
  });

  test('the port that the hub has is that of tail, unless an address is given', async () => {
    const urlOf = async (texts: readonly string[], TICKWIRE_PORT: string) =>
      (await parse(texts, { TICKWIRE_PORT })).request?.url;
    assert.equal(await urlOf(['AAPL'], '9191'), 'ws://127.0.0.1:9191/ws');
    assert.equal(await urlOf(['AAPL'], ''), url);
    assert.equal(await urlOf(['AAPL', '--url', 'ws://hub/ws'], '9191'), 'ws://hub/ws');
    assert.equal(await urlOf(['AAPL', '--url', 'ws://hub/ws'], 'tcp://10.96.0.7:8080'), 'ws://hub/ws');
  });

  for (const port of ['0', '65536', '-1', '9191x', 'tcp://10.96.0.7:8080'])
    test(`a port that no hub can be at is refused: ${port}`, async () => {
      const { code, stderr, request } = await parse(['AAPL'], { TICKWIRE_PORT: port });
      assert.deepEqual([code, request], [2, undefined]);
      assert.match(stderr, /TICKWIRE_PORT=.* no port from 1 to 65535.*--url/);
    });

  for (const [texts, problem] of [
    [[], /missing required argument 'symbol'/],
    [['--frequency', '5'], /missing required argument 'symbol'/],
    [['A', '--frequency', '60001'], /'60001' is invalid.*from 0 to 60000/],
    [['A', '--frequency', '-1'], /frequency/],
    [['A', '--format', 'xml'], /'xml' is invalid.*json, msgpack/],
    [['A', '--url', 'http://hub'], /'http:\/\/hub' is invalid.*wss:\/\//],
    [['A', '--colour'], /--colour/],
  ] as const)
    test(`"${texts.join(' ')}" is refused with a reason`, async () => {
      const { code, stderr, request } = await parse(texts);
      assert.deepEqual([code, request], [2, undefined]);
      assert.match(stderr, problem);
    });
});

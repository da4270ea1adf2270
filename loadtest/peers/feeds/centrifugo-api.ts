import { Agent, request } from 'node:http';

const answerTimeoutMs = 10_000;

/** Publishes through Centrifugo's HTTP API, one `batch` request at a time over a connection that stays. */
export function createCentrifugoApi(url: string): (commands: readonly unknown[]) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return async (commands) => {
    const answer = await post(`${url}/api/batch`, JSON.stringify({ commands }), agent);
    if (answer.includes('"error"')) throw new Error(`Centrifugo refused an update: ${answer.slice(0, 200)}`);
  };
}

function post(url: string, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent,
        timeout: answerTimeoutMs,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 200)}`));
        });
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`${url} did not answer within ${answerTimeoutMs} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

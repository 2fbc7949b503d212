import { createHmac } from 'node:crypto';
import process from 'node:process';
import { Agent } from 'undici';
import { mintUuid7 } from '../../../event/uuid7.ts';
import { cloudEvent } from './sample.ts';

// The process of the limit: signs and posts CloudEvents of the size that the sender sends, and
// does nothing else. Arguments: URL, number of requests, number of them in flight.

const SECRET = Buffer.alloc(32, 7);
const { CA: ca } = process.env;
const agent = new Agent({
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: 4_000,
  ...(ca === undefined ? {} : { connect: { ca } }),
});

async function post(): Promise<void> {
  const id = mintUuid7();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = Buffer.from(cloudEvent(id));
  const signature = createHmac('sha256', SECRET).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const response = await agent.request({
    origin,
    path,
    method: 'POST',
    headers: {
      'user-agent': 'event-processor',
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  });
  await response.body.dump();
  if (response.statusCode !== 200) throw new Error(`the receiver answered ${response.statusCode}`);
}

const [url = '', requests, concurrency] = process.argv.slice(2);
const { origin, pathname: path } = new URL(url);
let left = Number(requests);
for (let i = 0; i < Number(concurrency); i += 1)
  void (async () => {
    while (left > 0) {
      left -= 1;
      await post();
    }
  })();
setInterval(() => {}, 60_000); // it is asked for its CPU time at the end, and then told to end

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { startRawServer } from '../proof/kit/raw-server.ts';
import { until } from '../proof/kit/until.ts';
import { openWire } from './wire.ts';

const never = new AbortController().signal;
/** The hint minus two seconds is how long a connection stays: half a second, so that the test need not wait for four. */
const OK = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=3\r\ncontent-length: 0\r\n\r\n';
const ORIGINS = 400;
const ROUNDS = 4;
/** What the caches of URLs and addresses keep of an origin. A pool of undici with its client takes several times that. */
const MAX_BYTES_PER_ORIGIN = 4_000;

it('an origin that is no longer used costs no connection and next to no memory', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const server = await startRawServer({ reply: () => OK });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const wire = openWire({
    allowHttp: true,
    allowCidrs: ['127.0.0.1'],
    dns: 'resolver',
    caFile: undefined,
    log: { info: () => {}, warn: () => {} },
    query: async () => ({ addresses: [{ address: '127.0.0.1', family: 4 }], seconds: 60 }),
  });
  onTestFinished(() => wire[Symbol.asyncDispose]());
  const request = { headers: {}, body: Buffer.from('{}'), timeoutMs: 20_000 };
  const heap: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: ORIGINS }, (_, i) =>
        wire.post({ ...request, url: `http://h${i}.r${round}.example:${server.port}/` }, never),
      ),
    );
    expect(answers.filter(({ kind }) => kind !== 'response')).toEqual([]);
    await until(() => server.sockets.size === 0, { what: 'idle connections to be closed' });
    gc();
    heap.push(process.memoryUsage().heapUsed);
  }
  expect(server.connections).toBe(ROUNDS * ORIGINS);
  const growth = ((heap.at(-1) as number) - (heap[0] as number)) / ((ROUNDS - 1) * ORIGINS);
  expect(growth).toBeLessThan(MAX_BYTES_PER_ORIGIN);
});

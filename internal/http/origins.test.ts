import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { until } from '../proof/kit/until.ts';
import { never, openTestWire, requestTo, serveRaw } from '../proof/kit/wire-rig.ts';

/** The hint minus two seconds is how long a connection stays: half a second, so that the test need not wait for four. */
const OK = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=3\r\ncontent-length: 0\r\n\r\n';
const ORIGINS = 400;
const ROUNDS = 4;
/** What the caches of URLs and addresses keep of an origin. A pool of undici with its client takes several times that. */
const MAX_BYTES_PER_ORIGIN = 4_000;

it('an origin that is no longer used costs no connection and next to no memory', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const server = await serveRaw(() => OK);
  const wire = openTestWire({
    query: async () => ({ addresses: [{ address: '127.0.0.1', family: 4 }], seconds: 60 }),
  });
  const heap: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: ORIGINS }, (_, i) =>
        wire.post(requestTo(`http://h${i}.r${round}.example:${server.port}/`, 20_000), never),
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

import { setTimeout as wait } from 'node:timers/promises';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Random } from '../../../load/random.ts';
import type { Fault, Site } from '../fault.ts';
import { type Interceptor, type SqsAnswer, sqsError } from '../sqs-proxy.ts';
import { stay } from './striking.ts';

const STRIKE_MS = 3_000;
const SHARE = 0.3;

/** Answers a call in a faulty way; returns undefined to let the call pass. */
type Strike = (
  call: Parameters<Interceptor>[0],
  next: Parameters<Interceptor>[1],
  random: Random,
) => Promise<SqsAnswer | 'reset' | undefined>;

/** Intercepts calls for this long. Returns the number of calls struck. */
async function intercepted(
  site: Site,
  milliseconds: number,
  signal: AbortSignal,
  random: Random,
  strike: Strike,
): Promise<number> {
  let struck = 0;
  using _ = site.sqsProxy.intercept(async (call, next) => {
    const answer = await strike(call, next, random);
    if (answer === undefined) return next(call);
    struck += 1;
    return answer;
  });
  return await stay(milliseconds, signal, { struck: () => struck, nothing: 'no such call was made' });
}

function during(name: string, what: string, strike: Strike, milliseconds = STRIKE_MS): Fault {
  return {
    name,
    what,
    inject: (site, signal, random) => intercepted(site, milliseconds, signal, random, strike),
  };
}

/** Calls are executed, but a share of the responses is lost. */
function lost(name: string, what: string, actions: RegExp): Fault {
  return during(name, what, async (call, next, random) => {
    if (!actions.test(call.action) || !random.chance(SHARE)) return undefined;
    await next(call);
    return 'reset';
  });
}

interface BatchResult {
  readonly Successful?: readonly unknown[];
  readonly Failed?: readonly unknown[];
}

const FAILURE = { Code: 'InternalError', Message: 'try again', SenderFault: false };

export const sqsFaults: readonly Fault[] = [
  during('sqs-500', 'SQS answers 40 % of the calls with status 500', async (_call, _next, random) =>
    random.chance(0.4) ? sqsError(500, 'InternalFailure', 'an internal error') : undefined,
  ),
  during(
    'sqs-503',
    'SQS answers every call with status 503 for two seconds',
    async () => sqsError(503, 'ServiceUnavailable', 'down for maintenance'),
    2_000,
  ),
  during('sqs-throttled', 'SQS throttles 30 % of the calls', async (_call, _next, random) =>
    random.chance(SHARE) ? sqsError(400, 'RequestThrottled', 'Rate exceeded') : undefined,
  ),
  lost('send-answer-lost', 'sends arrive and 30 % of their answers are lost', /^SendMessage/),
  lost('receive-answer-lost', 'messages are received and 30 % of the answers are lost', /^ReceiveMessage$/),
  lost('delete-answer-lost', 'messages are deleted and 30 % of the answers are lost', /^DeleteMessage/),
  during(
    'sqs-slow-and-broken',
    'calls take up to a second longer, and a fifth break before they arrive',
    async (call, next, random) => {
      if (random.chance(0.2)) return 'reset';
      await wait(random.whole(0, 1_000));
      return next(call);
    },
  ),
  during(
    'partial-delete-failures',
    'some entries of deletes fail, although some of these were executed',
    async (call, next, random) => {
      if (call.action !== 'DeleteMessageBatch') return undefined;
      const entries = call.input['Entries'] as readonly { Id: string }[];
      const failing = new Set(entries.filter(() => random.chance(0.4)).map(({ Id }) => Id));
      const withheld = random.chance(0.5);
      const passed = withheld ? entries.filter(({ Id }) => !failing.has(Id)) : entries;
      const answer =
        passed.length === 0
          ? { status: 200, output: {} }
          : await next({ ...call, input: { ...call.input, Entries: passed } });
      if (answer === 'reset' || answer.status !== 200) return answer;
      const { Successful = [], Failed = [] } = answer.output as BatchResult;
      return {
        status: 200,
        output: {
          Successful: (Successful as readonly { Id: string }[]).filter(({ Id }) => !failing.has(Id)),
          Failed: [...Failed, ...[...failing].map((Id) => ({ Id, ...FAILURE }))],
        },
      };
    },
  ),
  {
    name: 'visibility-too-short',
    what: 'messages become visible again after one second, while PostgreSQL takes longer to store them',
    actsOn: 'latency',
    // The fault itself causes many receives.
    maxReceiveCount: 1_000,
    async inject(site, signal, random) {
      try {
        site.postgresProxy.latencyMs = random.whole(400, 900);
        return await intercepted(site, 4_000, signal, random, async (call, next) => {
          const entries = call.input['Entries'] as readonly { VisibilityTimeout: number }[];
          if (call.action === 'ReceiveMessage')
            return next({ ...call, input: { ...call.input, VisibilityTimeout: 1 } });
          if (call.action !== 'ChangeMessageVisibilityBatch') return undefined;
          const Entries = entries.map((entry) => ({
            ...entry,
            VisibilityTimeout: Math.min(1, entry.VisibilityTimeout),
          }));
          return next({ ...call, input: { ...call.input, Entries } });
        });
      } finally {
        site.postgresProxy.latencyMs = 0;
      }
    },
  },
  {
    name: 'queue-recreated',
    what: 'the queue is deleted and recreated',
    between: true,
    async inject(site, signal, random) {
      const { DeleteQueueCommand } = await import('@aws-sdk/client-sqs');
      await site.stack.client.send(new DeleteQueueCommand({ QueueUrl: site.queue.url }));
      await sleep(random.whole(500, 2_000), signal);
      await site.createQueues();
      return 1;
    },
  },
  {
    name: 'sqs-restarted',
    what: 'SQS restarts without its queues, and the queue is recreated',
    between: true,
    async inject(site, signal, random) {
      await site.stack.sqs.stop();
      await sleep(random.whole(500, 2_000), signal);
      await site.stack.sqs.start();
      await sleep(random.pick([0, 500]), signal);
      await site.createQueues();
      return 1;
    },
  },
];

import { openSqs } from '../../sqs/client.ts';
import type { queueOf } from '../../sqs/variables.ts';
import { explainSqsError, isAccessDenied } from '../../sqs/errors.ts';
import {
  describeQueue,
  findDeadLetterQueue,
  findQueue,
  type QueueDescription,
  type RedrivePolicy,
} from '../../sqs/queue.ts';
import { watchServerClock } from '../../sqs/server-clock.ts';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { clockFinding } from './clock.ts';
import { type DeadLetters, deadLetters } from './dead-letters.ts';
import { type Finding, type ProcessorSettings, THE_CONFIGURATION_FIRST } from './finding.ts';

/** A batch may wait for its age, for a statement's timeout and for one retry before its lease is extended. */
const LEAST_VISIBILITY_SECONDS = 30;
const LEAST_RECEIVES = 3;

/** Reachable, its clock, there, redrive policy, dead letters, visibility timeout. */
export async function checkQueue(
  queue: ReturnType<typeof queueOf>,
  processor: ProcessorSettings | undefined,
): Promise<Finding[]> {
  const client = openSqs({ region: queue.region, endpoint: queue.endpoint, maxSockets: 2 });
  try {
    const clock = watchServerClock(client);
    const [first, ...others] = await examine(client, queue, processor);
    return [first as Finding, clockFinding('SQS', clock()), ...others];
  } finally {
    client.destroy();
  }
}

async function examine(
  client: SQSClient,
  queue: ReturnType<typeof queueOf>,
  processor: ProcessorSettings | undefined,
): Promise<Finding[]> {
  const { name } = queue.settings;
  try {
    const found = await findQueue(client, queue.reference);
    if (found === undefined) return [reachable, missing(name, queue.create)];
    const description = await describeQueue(client, found.url);
    const held = `${description.visible} visible, ${description.inFlight} in flight`;
    const there: Finding = { check: 'queue', result: 'ok', detail: `${found.name}: ${held}` };
    const dead = description.redrive && (await lookAt(client, description.redrive));
    return [
      reachable,
      there,
      redrive(description, dead),
      ...(typeof dead === 'object' ? [deadLetters(description, dead)] : []),
      visibility(description, processor),
    ];
  } catch (error) {
    const detail = explainSqsError(error, { queue: name, endpoint: queue.endpoint });
    return [
      { check: 'SQS', result: 'fail', detail, todo: 'fix this first: the other checks of SQS need it' },
    ];
  }
}

const reachable: Finding = { check: 'SQS', result: 'ok', detail: 'reachable' };

function missing(name: string, create: boolean): Finding {
  if (create)
    return { check: 'queue', result: 'warn', detail: `${name} does not exist; the processor makes it` };
  const todo = 'run "npm run admin -- queue create", or set QUEUE_CREATE=true';
  return { check: 'queue', result: 'fail', detail: `${name} does not exist`, todo };
}

type Look = DeadLetters | 'missing' | 'not allowed';

/** A queue of another account says that it does not exist to whoever may not look at it. */
async function lookAt(client: SQSClient, policy: RedrivePolicy): Promise<Look> {
  try {
    const found = await findDeadLetterQueue(client, policy);
    if (found !== undefined) return { ...(await describeQueue(client, found.url)), name: found.name };
    return policy.deadLetterAccountId === undefined ? 'missing' : 'not allowed';
  } catch (error) {
    if (isAccessDenied(error)) return 'not allowed';
    throw error;
  }
}

function redrive({ redrive: policy }: QueueDescription, dead: Look | undefined): Finding {
  const check = 'redrive policy';
  if (policy === undefined) {
    const todo = 'run "npm run admin -- queue create", which adds one';
    return {
      check,
      result: 'fail',
      detail: 'none: a message that cannot be handled would come for ever',
      todo,
    };
  }
  const { deadLetterName, deadLetterAccountId: account } = policy;
  const where = account === undefined ? deadLetterName : `${deadLetterName} of account ${account}`;
  const detail = `to ${where} after ${policy.maxReceiveCount} receives`;
  if (dead === 'missing')
    return { check, result: 'fail', detail: `${detail}, which does not exist`, todo: 'create that queue' };
  if (dead === 'not allowed') {
    const todo = `allow sqs:GetQueueUrl and sqs:GetQueueAttributes on it, or look with credentials of its account`;
    return { check, result: 'warn', detail: `${detail}, which may not be looked at`, todo };
  }
  if (policy.maxReceiveCount < LEAST_RECEIVES) {
    return {
      check,
      result: 'warn',
      detail,
      todo: `allow at least ${LEAST_RECEIVES} receives: a restart may use one up`,
    };
  }
  return { check, result: 'ok', detail };
}

function visibility(description: QueueDescription, processor: ProcessorSettings | undefined): Finding {
  const check = 'visibility timeout';
  if (processor === undefined) return { check, result: 'skipped', detail: THE_CONFIGURATION_FIRST };
  const seconds = processor.VISIBILITY_TIMEOUT_SECONDS;
  const least = Math.max(LEAST_VISIBILITY_SECONDS, (processor.BATCH_AGE_MS / 1000) * 3);
  const detail = `${seconds} s for the processor, ${description.visibilityTimeoutSeconds} s for other readers of the queue`;
  if (seconds >= least) return { check, result: 'ok', detail };
  const todo = `set VISIBILITY_TIMEOUT_SECONDS to ${least} or more, so that a slow batch is not received twice`;
  return { check, result: 'warn', detail, todo };
}

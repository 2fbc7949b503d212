import { isDeepStrictEqual } from 'node:util';
import type { Violation } from '../checker.ts';
import { type DeliveryEvidence, type Fact, pairOf, type StoredMessage } from './evidence.ts';
import { type Got, isDelivered } from './got.ts';
import { nameOf, type Target, wants } from './target.ts';

/** Looks at each request alone, and compares the requests for a message with each other and with the facts. */
export function checkRequests(evidence: DeliveryEvidence): Violation[] {
  return [
    ...checkContents(evidence),
    ...checkFacts(evidence),
    ...checkSums(evidence),
    ...(evidence.forbidden === 0
      ? []
      : [
          violation(
            'nothing forbidden is dialled',
            `${evidence.forbidden} connections came to a forbidden address`,
          ),
        ]),
    ...(evidence.retries === 0
      ? []
      : [
          violation(
            'every message reaches every endpoint that wants it',
            `${evidence.retries} retries are left`,
          ),
        ]),
  ];
}

function violation(promise: Violation['promise'], what: string): Violation {
  return { promise, what };
}

function checkContents({ got, targets, messages }: DeliveryEvidence): Violation[] {
  const targetOf = new Map(targets.map((target) => [nameOf(target), target]));
  const messageOf = new Map(messages.map((message) => [message.id, message]));
  const digests = new Map<string, string>();
  return got.flatMap((each) => {
    const name = `request ${each.order} to ${each.endpoint} for ${each.message}`;
    const target = targetOf.get(each.endpoint);
    const message = messageOf.get(each.message ?? '');
    const wrong: Violation[] = [];
    if (target === undefined || message === undefined)
      return [violation('nothing is made up', `${name}: there is no such endpoint or message`)];
    const stranger = each.arrivedMs < target.pausedUntilMs ? 'it is paused' : strangerTo(target, message);
    if (stranger !== undefined) wrong.push(violation('endpoints get what is theirs', `${name}: ${stranger}`));
    if (!each.signed) wrong.push(violation('signatures and bytes are right', `${name}: wrong signature`));
    const key = `${each.endpoint} ${each.message}`;
    if ((digests.get(key) ?? each.digest) !== each.digest)
      wrong.push(violation('signatures and bytes are right', `${name}: other bytes than before`));
    digests.set(key, each.digest);
    if (each.content !== undefined && !holds(each.content, target, message))
      wrong.push(violation('values stay as they are', `${name}: other content than the message`));
    return wrong;
  });
}

/** Why the message is not for that endpoint. */
function strangerTo(target: Target, message: StoredMessage): string | undefined {
  if (message.tenant !== target.tenant) return `it is of the tenant ${message.tenant}`;
  if (message.client !== target.client) return `it is of the client ${message.client}`;
  if (!wants(target, message.type)) return `it is of the type ${message.type}`;
  return target.added !== undefined && message.committedMs < target.added.fromMs
    ? 'it was stored before the endpoint was added'
    : undefined;
}

function holds(
  { body, event }: NonNullable<Got['content']>,
  { format }: Target,
  { event: id, payload, type, source }: StoredMessage,
): boolean {
  const value = parsed(body);
  if (format !== 'structured')
    return (format === 'payload' || event === id) && isDeepStrictEqual(value, payload);
  const envelope = value as Record<string, unknown> | undefined;
  return (
    event === id &&
    envelope?.['type'] === type &&
    envelope['source'] === source &&
    isDeepStrictEqual(envelope['data'], payload)
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Each answer has its fact, with the same status and the digest of the same bytes, and each fact has its answer. Answers whose
 * fact died with a process are excused.
 */
function checkFacts({ got, facts, targets, excused }: DeliveryEvidence): Violation[] {
  const numberOf = new Map(targets.map((target) => [nameOf(target), target.number]));
  const answered = got.filter(({ status }) => typeof status === 'number');
  const requests = Map.groupBy(answered, (each) => pairOf(numberOf.get(each.endpoint) ?? 0, each.message));
  const written = Map.groupBy(
    facts.filter(({ status, digest }) => status !== null || digest !== null),
    (fact) => pairOf(fact.endpoint, fact.message),
  );
  const wrong: Violation[] = [];
  const promise = 'facts equal requests';
  for (const [pair, of] of requests) {
    const own = written.get(pair) ?? [];
    if (own.some(({ digest }) => digest !== of[0]?.digest))
      wrong.push(violation(promise, `${pair}: another digest in a fact than of its request`));
    const missing = of.filter(
      ({ endedMs = 0 }) => !excused.some((w) => w.fromMs <= endedMs && endedMs <= w.toMs),
    );
    for (const [status, count] of counted(missing.map((each) => each.status as number)))
      if (count > countOf(own, status))
        wrong.push(
          violation(promise, `${pair}: ${count} answers ${status}, ${countOf(own, status)} facts of it`),
        );
  }
  for (const [pair, own] of written) {
    const of = requests.get(pair) ?? [];
    for (const [status, count] of counted(
      own.flatMap((fact) => (fact.status === null ? [] : [fact.status])),
    )) {
      const made = of.filter((each) => each.status === status).length;
      if (count > made)
        wrong.push(violation(promise, `${pair}: ${count} facts of ${status}, ${made} such answers`));
    }
  }
  return wrong;
}

function counted(statuses: readonly number[]): Map<number, number> {
  return new Map([...Map.groupBy(statuses, (status) => status)].map(([status, of]) => [status, of.length]));
}

function countOf(facts: readonly Fact[], status: number): number {
  return facts.filter((fact) => fact.status === status).length;
}

/** The senders' own accounts. */
function checkSums({ books, allEnded, facts, got }: DeliveryEvidence): Violation[] {
  const wrong = books
    .filter(({ taken, inFlight, balanced, ...of }) => {
      const settled = of.delivered + of.retrying + of.dead + of.skipped + of.lost + of.released;
      return !balanced || inFlight !== 0 || taken !== settled;
    })
    .map((each) => `a sender ended with ${JSON.stringify(each)}`);
  const delivered = books.reduce((sum, each) => sum + each.delivered, 0);
  const written = facts.filter(({ outcome }) => outcome === 'delivered').length;
  if (delivered > written) wrong.push(`${delivered} delivered in the books, ${written} facts of that`);
  if (allEnded && delivered < written)
    wrong.push(`${delivered} delivered in the books, ${written} facts of that`);
  const answered = got.filter(isDelivered).length;
  if (written > answered) wrong.push(`${written} facts of deliveries, ${answered} requests that succeeded`);
  return wrong.map((what) => violation('the books are right', what));
}

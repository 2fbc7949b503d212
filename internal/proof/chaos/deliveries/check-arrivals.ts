import type { Violation } from '../checker.ts';
import type { Window } from './deliveries.ts';
import { type DeliveryEvidence, laneOf, pairOf, type StoredMessage } from './evidence.ts';
import { type Got, isDelivered } from './got.ts';
import { nameOf, type Target, wants } from './target.ts';

/** A request may be on its way to the receiver when a process is stopped, or begin a moment after it goes on. */
const FROZEN_MARGIN_MS = 5_000;

/** Compares what receivers got with the messages that were stored: nothing is missing, too much, or out of order. */
export function checkArrivals(evidence: DeliveryEvidence): Violation[] {
  const perTarget = Map.groupBy(evidence.got, ({ endpoint }) => endpoint);
  const found = evidence.targets.flatMap((target) => {
    const got = perTarget.get(nameOf(target)) ?? [];
    return [
      ...checkMissing(evidence, target, got),
      ...checkRepeats(evidence, target, got),
      ...checkOverlaps(evidence, target, got),
      ...(target.ordered ? checkOrder(evidence, target, got) : []),
    ];
  });
  return [...found, ...checkExcuses(evidence)];
}

/** Whether the message must reach the endpoint: it was committed after the endpoint had been added. */
export function mustReach(target: Target, message: StoredMessage): boolean {
  if (target.tenant !== message.tenant || target.client !== message.client) return false;
  if (target.removedMs !== undefined || !wants(target, message.type)) return false;
  return target.added === undefined || message.committedMs > target.added.toMs;
}

function checkMissing(
  { messages, dead, mayDie }: DeliveryEvidence,
  target: Target,
  got: readonly Got[],
): Violation[] {
  const promise = 'every message reaches every endpoint that wants it';
  const delivered = new Set(got.filter(isDelivered).map(({ message }) => message));
  const missing = messages.filter((message) => mustReach(target, message) && !delivered.has(message.id));
  const died = missing.filter(({ id }) => dead.has(pairOf(target.number, id)));
  const lost = missing.filter(({ id }) => !dead.has(pairOf(target.number, id)));
  return [
    ...told(promise, target, 'did not arrive', lost),
    ...(mayDie ? [] : told(promise, target, 'were given up', died)),
  ];
}

function told(
  promise: Violation['promise'],
  target: Target,
  what: string,
  messages: readonly { readonly id: string }[],
): Violation[] {
  const [first] = messages;
  if (first === undefined) return [];
  return [{ promise, what: `${nameOf(target)}: ${messages.length} messages ${what}, such as ${first.id}` }];
}

/** A request after one that was answered with 2xx: a replay asked for it, or what had become of the first was not written down. */
function checkRepeats(evidence: DeliveryEvidence, target: Target, got: readonly Got[]): Violation[] {
  const replays = replaysOf(evidence, target);
  const delivered = new Map<string | null, Got[]>();
  const wrong: { id: string }[] = [];
  for (const each of got) {
    const before = delivered.get(each.message) ?? [];
    const unexplained = before.filter(({ endedMs = 0 }) => !isIn(evidence.excused, endedMs));
    if (unexplained.length > (replays.get(each.message ?? '') ?? 0)) wrong.push({ id: each.message ?? '' });
    if (isDelivered(each)) delivered.set(each.message, [...before, each]);
  }
  return told('none is delivered twice without a cause', target, 'came again without a cause', wrong);
}

/** What may be lost with a process: requests in flight, and results that wait to be written. */
const MOST_LOST = 64 + 500;

/** A process that died cannot have made more messages come again than it had in flight and had not written down. */
function checkExcuses({ got, excused }: DeliveryEvidence): Violation[] {
  const delivered = new Map<string, Got>();
  const again = excused.map(() => 0);
  for (const each of got) {
    const key = `${each.endpoint} ${each.message}`;
    const first = delivered.get(key);
    const at = excused.findIndex((window) => isIn([window], first?.endedMs ?? 0));
    if (at >= 0) again[at] = (again[at] ?? 0) + 1;
    if (isDelivered(each)) delivered.set(key, each);
  }
  return again.flatMap((count, i): Violation[] => {
    const most = excused[i]?.most ?? MOST_LOST;
    const what = `${count} messages came again because of one process; it can have lost ${most}`;
    return count > most ? [{ promise: 'none is delivered twice without a cause', what }] : [];
  });
}

/** How many replays have sent each message. */
function replaysOf({ facts }: DeliveryEvidence, { number }: Target): ReadonlyMap<string, number> {
  const units = new Map<string, Set<number>>();
  for (const { endpoint, message, unit } of facts)
    if (endpoint === number && unit > 0)
      units.set(message, (units.get(message) ?? new Set<number>()).add(unit));
  return new Map([...units].map(([message, of]) => [message, of.size]));
}

function isIn(windows: readonly Window[], atMs: number): boolean {
  return windows.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
}

function checkOverlaps(evidence: DeliveryEvidence, target: Target, got: readonly Got[]): Violation[] {
  const replays = replaysOf(evidence, target);
  const windows = evidence.frozen.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs + FROZEN_MARGIN_MS }));
  const wrong = got.filter(
    ({ open, message, arrivedMs }) =>
      open > 1 + (replays.get(message ?? '') ?? 0) && !isIn(windows, arrivedMs),
  );
  const ids = wrong.map(({ message }) => ({ id: message ?? '' }));
  return told(
    'never two at once for one message',
    target,
    'were sent while a request for them was open',
    ids,
  );
}

/** The first delivery of each message must come in the order of the lane, and none begins before the one ahead has ended. */
function checkOrder(
  { lanes, messages, excused }: DeliveryEvidence,
  target: Target,
  got: readonly Got[],
): Violation[] {
  const wanted = new Set(messages.filter((message) => mustReach(target, message)).map(({ id }) => id));
  const places = new Map((lanes.get(laneOf(target)) ?? []).map((id, place) => [id, place]));
  const wrong: { id: string }[] = [];
  let last = -1;
  const seen = new Set<string | null>();
  for (const each of got) {
    const place = places.get(each.message ?? '');
    if (place === undefined || !wanted.has(each.message ?? '')) continue;
    if (!isDelivered(each) && each.status !== 'lost') continue;
    if (seen.has(each.message)) continue;
    // What was answered and not written down is sent again after those that were answered behind it.
    if (place < last && !isIn(excused, each.arrivedMs))
      wrong.push({ id: `${each.message} in request ${each.order}, at place ${place} after ${last}` });
    last = Math.max(last, place);
    seen.add(each.message);
  }
  return told('order is kept where it was asked for', target, 'came too late', wrong);
}

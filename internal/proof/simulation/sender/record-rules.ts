import {
  type AttemptFact,
  type DeliveryKey,
  type Mark,
  type Results,
  SHARDS,
} from '../../../sender/ports.ts';
import { keyOf } from '../../kit/memory-delivery-rows.ts';
import type { Deliveries } from './deliveries.ts';
import type { Life } from './life.ts';
import { isSuccess, type Requests, type Sent } from './requests.ts';
import type { Fail, Tracked } from './tracked.ts';

interface RuleParts {
  readonly database: Deliveries;
  readonly requests: Requests;
  readonly tracked: ReadonlyMap<number, Tracked>;
  readonly fail: Fail;
}

/** What processes may write, and what must be true after they have. */
export class RecordRules {
  readonly #parts: RuleParts;
  /** Facts of deliveries that whoever holds the shard now can know, by delivery. */
  readonly #delivered = new Map<string, string>();
  /** All deliveries with a fact that says so. */
  readonly #everDelivered = new Set<string>();
  readonly #matched = new Set<string>();
  /** Lanes of an endpoint below were found settled. */
  readonly #settledTo = new Map<number, bigint>();

  constructor(parts: RuleParts) {
    this.#parts = parts;
  }

  /** Each fact of a request belongs to one request. */
  before(life: Life, { facts }: Results): void {
    for (const fact of facts) {
      if (fact.bodyDigest === undefined || this.#matched.has(fact.id)) continue;
      const sent = this.#parts.requests
        .of(fact.endpoint, fact.messageId)
        .find((each) => each.life === life && each.fact === undefined && fits(each, fact));
      if (sent === undefined)
        return this.#parts.fail(
          `${life.name} writes a fact (${fact.outcome}) of a request that it did not make`,
        );
      this.#matched.add(fact.id);
      this.#written(sent, fact);
    }
  }

  #written(sent: Sent, fact: AttemptFact): void {
    const { tracked, fail, database } = this.#parts;
    const shard = database.shards[fact.endpoint % SHARDS];
    sent.fact = fact.id;
    sent.writtenIn = shard?.epoch;
    if (fact.outcome === 'delivered') {
      this.#everDelivered.add(keyOf(fact));
      if (shard?.epoch === sent.epoch) this.#delivered.set(keyOf(fact), fact.id);
    }
    const most = (tracked.get(fact.endpoint)?.retries ?? 0) + 1;
    if (fact.number > most) fail(`attempt ${fact.number} of at most ${most} was made`);
  }

  after(results: Results, lost: readonly number[]): void {
    const { database, fail } = this.#parts;
    const may = ({ endpoint }: { readonly endpoint: number }) =>
      !lost.includes(endpoint % SHARDS) && database.endpointRows.has(endpoint);
    for (const key of results.retries.filter(may))
      if (this.#delivered.has(keyOf(key)))
        fail(`a retry of ${key.messageId} at ${key.endpoint} is written although it was delivered`);
    for (const key of results.settled.filter(may)) if (!this.#isSettled(key)) fail(lostWords(key));
    for (const dead of results.dead.filter(may)) {
      if (dead.reason === 'attempts') this.#checkDead(dead);
    }
    for (const mark of results.marks.filter(may)) this.#checkMark(mark);
  }

  #isSettled(key: DeliveryKey): boolean {
    const { database } = this.#parts;
    return this.#everDelivered.has(keyOf(key)) || database.deadRows.has(keyOf(key));
  }

  /** Throttled requests and probes use up no attempt. */
  #checkDead({ endpoint, messageId }: DeliveryKey): void {
    const { requests, tracked, fail } = this.#parts;
    const of = tracked.get(endpoint);
    const used = requests.of(endpoint, messageId).filter(({ answer, isProbe }) => {
      const failed = answer?.kind === 'failure' ? answer.failure !== 'stopped' : !UNUSED.has(answer?.status);
      return failed && !isProbe && answer !== undefined;
    });
    const least = (of?.retries ?? 0) + 1;
    if (used.length < least)
      fail(`${messageId} is dead at endpoint ${endpoint} after ${used.length} of ${least} attempts`);
  }

  /** All below a mark is settled, and the facts of all that is not below it will be found. */
  #checkMark({ endpoint, xid, factsFrom }: Mark): void {
    const { database, tracked, fail } = this.#parts;
    const of = tracked.get(endpoint);
    const row = database.endpointRows.get(endpoint);
    if (of === undefined || row === undefined) return;
    if (xid > database.nowHorizon && xid > of.since)
      fail(`the mark of endpoint ${endpoint} is beyond the horizon`);
    const from = this.#settledTo.get(endpoint) ?? of.since;
    for (const lane of database.lanesOfClient(row)) {
      for (const messageId of lane.ids) {
        const key = { endpoint, unit: 0, messageId };
        if (lane.xid >= xid) {
          const fact = this.#delivered.get(keyOf(key));
          if (fact !== undefined && fact < factsFrom)
            return fail(`the mark of endpoint ${endpoint} would forget that ${messageId} was delivered`);
        } else if (lane.xid >= from && !this.#isPast(of, key)) return fail(lostWords(key));
      }
    }
    if (xid > from) this.#settledTo.set(endpoint, xid);
  }

  #isPast(of: Tracked, key: DeliveryKey): boolean {
    const { database } = this.#parts;
    const type = database.storedById.get(key.messageId)?.message.eventType ?? '';
    return !of.alwaysWants(type) || this.#isSettled(key) || database.retryRows.has(keyOf(key));
  }
}

/** Answers that use up no attempt. */
const UNUSED: ReadonlySet<number | undefined> = new Set([200, 410, 429]);

function fits(sent: Sent, fact: AttemptFact): boolean {
  return sent.answer !== undefined && isSuccess(sent.answer) === (fact.outcome === 'delivered');
}

function lostWords({ endpoint, unit, messageId }: DeliveryKey): string {
  return `${messageId} (unit ${unit}) counts as settled at endpoint ${endpoint}, but it is not`;
}

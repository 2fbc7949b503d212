import type { RejectionRecord, StorableEvent } from '../../processor/ports.ts';
import type { Database } from './database.ts';
import type { Item } from './sent.ts';
import { contentOf, identityOf } from './traffic.ts';

/** Reports the violation of a rule. */
export type Fail = (words: string) => void;

/**
 * What was sent and the expected outcome of each event. Every action of the processors is checked against it
 * when it happens.
 */
export class Expectations {
  readonly #items = new Map<string, readonly Item[]>();
  readonly #byIdentity = new Map<string, Item[]>();
  readonly #stored = new Set<string>();
  readonly #database: Database;
  readonly #fail: Fail;

  constructor(database: Database, fail: Fail) {
    this.#database = database;
    this.#fail = fail;
  }

  sent(sqsMessageId: string, items: readonly Item[]): void {
    this.#items.set(sqsMessageId, items);
    for (const item of items) {
      if (item.identity === null) continue;
      const same = this.#byIdentity.get(item.identity);
      if (same === undefined) this.#byIdentity.set(item.identity, [item]);
      else same.push(item);
    }
  }

  itemsOf(sqsMessageId: string): readonly Item[] {
    return this.#items.get(sqsMessageId) ?? [];
  }

  /** The only item with this identity; undefined if there are several. */
  onlyItem(identity: string): Item | undefined {
    const items = this.#byIdentity.get(identity) ?? [];
    return items.length === 1 ? items[0] : undefined;
  }

  /** All items of a message must be committed before the message is deleted. */
  checkDelete(sqsMessageId: string): void {
    for (const item of this.itemsOf(sqsMessageId)) {
      if (!this.#isCommitted(item)) this.#fail(`${nameOf(item)} was deleted before it was committed`);
    }
  }

  /** Checks a row that was just written. */
  checkRow({ event }: StorableEvent): void {
    const { tenantId, source, eventId, clientId, eventType, payload } = event;
    const identity = identityOf(tenantId, source, eventId);
    const content = contentOf(clientId, eventType, payload);
    if (this.#stored.has(identity)) this.#fail(`${identity} was stored twice`);
    this.#stored.add(identity);
    const items = this.#byIdentity.get(identity) ?? [];
    const match = items.find((item) => item.content === content);
    if (match === undefined)
      this.#fail(`a row was written for an event that was never sent: ${identity} ${content}`);
    else if (match.bad !== null) this.#fail(`${nameOf(match)} was stored, but is bad (${match.bad})`);
  }

  /** Checks a rejection that was just written. */
  checkRejection({ sqsMessageId, eventIndex, reason }: RejectionRecord): void {
    const item = this.itemsOf(sqsMessageId).find(({ index }) => index === eventIndex);
    if (item === undefined) {
      return this.#fail(
        `a rejection was written for an event that was never sent: ${sqsMessageId} at ${eventIndex}`,
      );
    }
    const stored = item.identity === null ? undefined : this.#database.contentOf(item.identity);
    const allowed =
      reason === item.bad ||
      reason === item.until ||
      (reason === 'schema_violation' && item.open) ||
      (reason === 'id_conflict' && item.bad === null && stored !== undefined && stored !== item.content);
    if (!allowed) this.#fail(`${nameOf(item)} was rejected as ${reason}; expected ${outcomeOf(item)}`);
  }

  /** Describes every item without its expected outcome. */
  unmet(): string[] {
    return [...this.#items.values()].flat().flatMap((item) => {
      const rejection = this.#database.rejectionOf(item.sqsMessageId, item.index);
      if (!this.#isCommitted(item))
        return [`${nameOf(item)} was neither stored nor rejected; expected ${outcomeOf(item)}`];
      if (item.until === null) return [];
      if (this.#storedContent(item) !== item.content) return [`${nameOf(item)} was not replayed`];
      return rejection?.state === 'open'
        ? [`${nameOf(item)} was stored, but its rejection is still open`]
        : [];
    });
  }

  #isCommitted(item: Item): boolean {
    if (item.bad === null && this.#storedContent(item) === item.content) return true;
    return this.#database.rejectionOf(item.sqsMessageId, item.index) !== undefined;
  }

  #storedContent(item: Item): string | undefined {
    return item.identity === null ? undefined : this.#database.contentOf(item.identity);
  }
}

function nameOf({ sqsMessageId, index }: Item): string {
  return index === null ? sqsMessageId : `event ${index} of ${sqsMessageId}`;
}

function outcomeOf({ bad, until, open }: Item): string {
  if (bad !== null) return bad;
  if (until !== null) return `${until} until it is registered`;
  return open ? 'stored, or schema_violation' : 'stored';
}

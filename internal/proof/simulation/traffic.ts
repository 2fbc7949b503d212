import type { RejectionReason } from '../../event/rejection.ts';
import { compressed } from './compression.ts';
import type { Random } from '../../load/random.ts';
import { CLIENTS, LATE, PLAIN_TYPES, SCHEMA_TYPE, TENANTS } from './registry.ts';
import type { Scenario } from './scenario.ts';
import type { Item, Sent } from './sent.ts';

interface Draft {
  readonly tenant: string;
  readonly client: string;
  readonly type: string;
  readonly source?: string;
  readonly id?: string;
  readonly payload: object;
  readonly bad?: RejectionReason;
  readonly until?: RejectionReason;
  readonly open?: boolean;
}

type ItemAnywhere = Omit<Item, 'sqsMessageId' | 'index'>;

interface Part {
  readonly json: unknown;
  readonly item: ItemAnywhere;
}

/** The simulated PostgreSQL refuses a payload with this member. */
export const POISON = 'poison';

/** Creates messages and the expected outcome of each of their events. */
export class Traffic {
  readonly #random: Random;
  readonly #scenario: Scenario;
  readonly #sent: Draft[] = [];
  #count = 0;

  constructor(random: Random, scenario: Scenario) {
    this.#random = random;
    this.#scenario = scenario;
  }

  message(sqsMessageId: string): Sent {
    const { text, items } = this.#message(sqsMessageId);
    const { compressedRate, oddRate, settings } = this.#scenario;
    if (!this.#random.chance(compressedRate)) return { text, body: text, attributes: {}, items };
    const { maxExpandedBytes } = settings;
    const refused = [{ ...wholeBody('invalid_encoding'), sqsMessageId, index: null }];
    return compressed({ text, items, refused }, { random: this.#random, oddRate, maxExpandedBytes });
  }

  /** Creates the text of a message, and its items. */
  #message(sqsMessageId: string): { text: string; items: Item[] } {
    const random = this.#random;
    if (random.chance(this.#scenario.oddRate * 0.2)) {
      const text = random.pick(['Hello World', '{"event_type":', '', '[{}']);
      return { text, items: [{ ...wholeBody('malformed_json'), sqsMessageId, index: null }] };
    }
    if (random.chance(0.25)) return this.#array(sqsMessageId);
    const { json, item } = this.#part(sqsMessageId);
    return { text: this.#wrapped(json), items: [{ ...item, sqsMessageId, index: null }] };
  }

  #array(sqsMessageId: string): { text: string; items: Item[] } {
    const length = this.#random.pick([1, 2, 3, 5, 12]);
    const parts = Array.from({ length }, (_, i) => this.#part(`${sqsMessageId}-${i}`));
    return {
      text: this.#wrapped(parts.map(({ json }) => json)),
      items: parts.map(({ item }, index) => ({ ...item, sqsMessageId, index })),
    };
  }

  #part(fallbackId: string): Part {
    const random = this.#random;
    if (random.chance(this.#scenario.oddRate * 0.2)) {
      const json = random.pick([{ nonsense: true }, 7, { event_type: 'order', message: 1 }, null]);
      return { item: wholeBody('invalid_envelope'), json };
    }
    const draft = this.#draft();
    const { tenant, client, type, source = type, id = fallbackId, payload } = draft;
    const item: ItemAnywhere = {
      identity: identityOf(tenant, source, id),
      content: contentOf(client, type, JSON.stringify(payload)),
      bad: draft.bad ?? null,
      until: draft.until ?? null,
      open: draft.open ?? false,
    };
    return { item, json: random.chance(0.5) ? plain(draft) : cloudEvent({ ...draft, source, id }) };
  }

  #draft(): Draft {
    const random = this.#random;
    const odd = random.chance(this.#scenario.oddRate);
    if (odd && this.#sent.length > 0 && random.chance(0.5)) {
      const sent = random.pick(this.#sent);
      return random.chance(0.7) || sent.type === SCHEMA_TYPE
        ? sent
        : { ...sent, payload: { n: -random.whole(1, 3) } };
    }
    const draft = odd ? this.#oddDraft() : this.#goodDraft();
    if (draft.id !== undefined && draft.bad === undefined && !draft.open && draft.until === undefined) {
      this.#sent.push(draft);
    }
    return draft;
  }

  #goodDraft(): Draft {
    const random = this.#random;
    this.#count += 1;
    const draft = {
      tenant: random.pick(TENANTS),
      client: random.pick(CLIENTS),
      type: random.pick(PLAIN_TYPES),
      payload: { n: this.#count },
    };
    return random.chance(0.1) ? draft : { ...draft, source: 'simulation', id: `event-${this.#count}` };
  }

  #oddDraft(): Draft {
    const good = this.#goodDraft();
    const odd: Partial<Draft>[] = [
      { tenant: 'nobody', bad: 'unknown_tenant' },
      { client: 'nobody', bad: 'unknown_client' },
      { type: 'nothing', bad: 'unknown_event_type' },
      { tenant: LATE, until: 'unknown_tenant' },
      { client: LATE, until: 'unknown_client' },
      { type: LATE, until: 'unknown_event_type' },
      { payload: { text: 'a\u0000b' }, bad: 'unstorable' },
      { payload: { [POISON]: this.#count }, bad: 'unstorable' },
    ];
    if (this.#scenario.withSchemas) {
      const type = SCHEMA_TYPE;
      odd.push(
        { type, payload: { n: this.#count, m: 1 } },
        { type, payload: { n: this.#count }, open: true },
        { type, payload: {}, bad: 'schema_violation' },
      );
    }
    return { ...good, ...this.#random.pick(odd) };
  }

  #wrapped(json: unknown): string {
    const kind = this.#random.whole(0, 9);
    if (kind === 0)
      return JSON.stringify({ Type: 'Notification', TopicArn: 'arn:aws:sns', Message: JSON.stringify(json) });
    if (kind === 1) return JSON.stringify({ 'detail-type': 'event', detail: json });
    return JSON.stringify(json);
  }
}

export function identityOf(tenant: string, source: string, id: string): string {
  return `${tenant}/${source}/${id}`;
}

export function contentOf(client: string, type: string, payload: string): string {
  return `${client}/${type}/${payload}`;
}

/** The expected outcome of a body that cannot be read as an event. */
function wholeBody(bad: RejectionReason): ItemAnywhere {
  return { identity: null, content: '', bad, until: null, open: false };
}

function plain({ tenant, client, type, source, id, payload }: Draft): object {
  return {
    event_type: type,
    client_id: client,
    message: payload,
    ...(tenant === 'default' ? {} : { tenant_id: tenant }),
    ...(source === undefined ? {} : { source }),
    ...(id === undefined ? {} : { event_id: id }),
  };
}

function cloudEvent({ tenant, client, type, source, id, payload }: Draft): object {
  return { specversion: '1.0', id, source, type, tenantid: tenant, clientid: client, data: payload };
}

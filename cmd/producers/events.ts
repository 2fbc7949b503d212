import type { Options } from './options.ts';

export type Kind = 'good' | 'bad' | 'duplicate';

/** One generated event. `json` is its text; `raw` says that it cannot be part of an array. */
export interface GeneratedEvent {
  readonly id: string;
  readonly tenant: string;
  readonly kind: Kind;
  readonly json: string;
  readonly raw: boolean;
}

/** The body of one SQS message, with the events in it. */
export interface GeneratedMessage {
  readonly tenant: string;
  readonly body: string;
  readonly events: readonly GeneratedEvent[];
}

/** A good event before it is put into an envelope. */
export interface Draft {
  readonly id: string;
  readonly tenant: string;
  readonly client: string;
  readonly type: string;
  readonly payload: object;
}

/** The text of a good event. */
export function envelope(draft: Draft, format: Options['format']): string {
  const { id, tenant, client, type, payload } = draft;
  if (format === 'plain') {
    return JSON.stringify({
      tenant_id: tenant,
      client_id: client,
      event_type: type,
      source: `producer-${type}`,
      event_id: id,
      message: payload,
    });
  }
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: `producer-${type}`,
    type,
    tenantid: tenant,
    clientid: client,
    datacontenttype: 'application/json',
    data: payload,
  });
}

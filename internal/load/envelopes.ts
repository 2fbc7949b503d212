/** The envelopes events are sent in: CloudEvents 1.0 in JSON, or the plain format. */
export const FORMATS = ['cloudevents', 'plain'] as const;
export type Format = (typeof FORMATS)[number];

interface Content {
  readonly tenant: string;
  readonly client: string;
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly payload: object;
  readonly time: Date;
  /** Not to be delivered before; undefined for at once. */
  readonly deliverAfter: Date | undefined;
}

/** Returns the event's JSON object, ready to be written or spoilt. */
export function wrap(format: Format, content: Content): Record<string, unknown> {
  const { tenant, client, type, source, id, payload, time, deliverAfter } = content;
  if (format === 'plain') {
    return {
      event_type: type,
      client_id: client,
      message: payload,
      tenant_id: tenant,
      event_id: id,
      source,
      occurred_at: time.toISOString(),
      ...(deliverAfter === undefined ? {} : { deliver_after: deliverAfter.toISOString() }),
    };
  }
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    tenantid: tenant,
    clientid: client,
    ...(deliverAfter === undefined ? {} : { deliverafter: deliverAfter.toISOString() }),
    data: payload,
  };
}

/** Returns JSON text. Escapes characters beyond the BMP, because some SQS emulators refuse them in a body. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/[\uD800-\uDFFF]/.test(text)) return text;
  return text.replace(/[\uD800-\uDFFF]/g, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

import type { z } from 'zod';
import { type cloudEvent, isBase64, type plainEvent } from './formats.ts';
import { isRfc3339 } from './time.ts';

// The schemas of formats.ts once more as bare conditions, for the many events that meet them: the walk through a
// schema takes most of what deciding an event takes. They say yes or no; the words for a no come from the schema.

type Members = Readonly<Record<string, unknown>>;

/** Whether `plainEvent` accepts it. */
export function meetsPlainEvent(members: Members): members is z.infer<typeof plainEvent> {
  for (const name in members) {
    if (!isPlainMember(name, members[name])) return false;
  }
  return (
    members['event_type'] !== undefined &&
    members['client_id'] !== undefined &&
    Object.hasOwn(members, 'message')
  );
}

function isPlainMember(name: string, value: unknown): boolean {
  switch (name) {
    case 'message':
      return true;
    case 'event_type':
      return isText(value, 255);
    case 'client_id':
    case 'tenant_id':
      return isText(value, 128);
    case 'event_id':
    case 'source':
      return isText(value, 1024);
    case 'occurred_at':
      return typeof value === 'string' && isRfc3339(value);
    case 'traceparent':
      return typeof value === 'string';
    default:
      return false;
  }
}

/** Whether `cloudEvent` accepts it. */
export function meetsCloudEvent(members: Members): members is z.infer<typeof cloudEvent> {
  const {
    specversion,
    id,
    source,
    type,
    time,
    datacontenttype,
    tenantid,
    clientid,
    traceparent,
    data_base64,
  } = members;
  return (
    specversion === '1.0' &&
    isText(source, 1024) &&
    isText(type, 255) &&
    isText(clientid, 128) &&
    (id === undefined || isText(id, 1024)) &&
    (tenantid === undefined || isText(tenantid, 128)) &&
    (time === undefined || (typeof time === 'string' && isRfc3339(time))) &&
    (datacontenttype === undefined || isText(datacontenttype, 255)) &&
    (traceparent === undefined || typeof traceparent === 'string') &&
    (data_base64 === undefined || (typeof data_base64 === 'string' && isBase64(data_base64)))
  );
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value !== '' && value.length <= maxLength;
}

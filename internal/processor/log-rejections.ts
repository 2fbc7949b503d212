import type { Log, RejectionRecord } from './ports.ts';

/** Characters of a name that the log shows: nothing that was sent may fill it. */
const SHOWN = 200;

/** Shows rejections that are kept, one by one, at `debug`: whose they are and why, never what they hold. */
export function logRejections(log: Log, records: readonly RejectionRecord[]): void {
  for (const { reason, claims, sqsMessageId, eventIndex } of records) {
    const tenantId = claims.tenantId?.slice(0, SHOWN);
    const eventType = claims.eventType?.slice(0, SHOWN);
    log.debug({ reason, tenantId, eventType, sqsMessageId, eventIndex }, 'an event is rejected');
  }
}

/** A payload of about 300 bytes, as PostgreSQL writes it. */
export const PAYLOAD =
  '{"note": "an ordinary payload of an ordinary size", "tags": ["new-customer", "newsletter"], "user": "user-123", "items": [1, 2, 3], "total": 4711, "action": "checkout", "amount": 1234.5, "address": {"city": "Exampletown", "street": "Example Street 12", "country": "DE", "postcode": "12345"}, "currency": "EUR"}';

export const TYPE = 'user-app';
export const SOURCE = 'bench';

/** The CloudEvent that the sender makes of a message with that payload. */
export function cloudEvent(id: string): string {
  return `{"specversion":"1.0","id":"${id}","source":"${SOURCE}","type":"${TYPE}","time":"2026-01-01T00:00:00.000000Z","tenantid":"tenant-0","clientid":"bench-0","data":${PAYLOAD}}`;
}

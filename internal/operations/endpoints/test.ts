import type pg from 'pg';
import { mintUuid7 } from '../../event/uuid7.ts';
import { readEndpoints } from '../../postgres/deliveries/endpoints.ts';
import { type EndpointName, endpointNumber } from '../../postgres/endpoints/reference.ts';
import type { Sealing } from '../../postgres/sealing.ts';
import { judge } from '../../sender/outcome.ts';
import type { Message } from '../../sender/ports.ts';
import type { Wire, WireAnswer } from '../../sender/wire/ports.ts';
import { buildRequest } from '../../sender/request.ts';

const TEST_TYPE = 'endpoint.test';

type Tested =
  | { readonly kind: 'missing' }
  /** Its secrets or headers cannot be opened. */
  | { readonly kind: 'sealed'; readonly problem: string }
  | {
      readonly kind: 'sent';
      readonly messageId: string;
      readonly milliseconds: number;
      readonly answer: WireAnswer;
      /** Whether a message would count as delivered. */
      readonly delivered: boolean;
    };

interface TestParts {
  readonly sealing: Sealing;
  readonly wire: Wire;
  readonly signal: AbortSignal;
}

/**
 * Sends an example event to an endpoint, once and at once, whatever its state, as the sender would: in its format, with its headers,
 * signed with its secrets. It is stored nowhere.
 */
export async function testEndpoint(
  pool: pg.Pool,
  name: EndpointName,
  { sealing, wire, signal }: TestParts,
): Promise<Tested> {
  const number = await endpointNumber(pool, name);
  const [endpoint] = number === undefined ? [] : await readEndpoints(pool, sealing, [number]);
  if (endpoint === undefined) return { kind: 'missing' };
  if (endpoint.problem !== undefined) return { kind: 'sealed', problem: endpoint.problem };
  const message = exampleFor(endpoint);
  const startedMs = performance.now();
  const answer = await wire.post(buildRequest(message, endpoint, Date.now()), signal);
  return {
    kind: 'sent',
    messageId: message.id,
    milliseconds: Math.round(performance.now() - startedMs),
    answer,
    delivered: judge(answer, Date.now()).kind === 'delivered',
  };
}

function exampleFor({ tenantId, clientId, id }: EndpointName & Pick<Message, 'clientId'>): Message {
  const messageId = mintUuid7();
  return {
    id: messageId,
    tenantId,
    clientId,
    eventType: TEST_TYPE,
    source: 'admin',
    eventId: messageId,
    payload: JSON.stringify({ endpoint: id, test: true }),
    payloadEncoding: null,
    contentType: 'application/json',
    occurredAt: new Date().toISOString(),
    traceparent: null,
    attributes: null,
    deliverAfterMs: undefined,
  };
}

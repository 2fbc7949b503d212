import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LeanTransport } from './lean-transport.ts';
import { openSqs, type SqsOptions } from './client.ts';
import { SdkTransport } from './sdk-transport.ts';
import type { SqsTransport, TransportKind } from './transport.ts';

/**
 * Opens a transport with connections of its own. Whichever it is, the AWS SDK says where the calls go, in which region
 * and with which credentials.
 */
export async function openTransport(
  kind: TransportKind,
  queueUrl: string,
  options: SqsOptions,
): Promise<SqsTransport> {
  const client = openSqs(options);
  if (kind === 'sdk') return new SdkTransport(client);
  const [endpoint, region] = await Promise.all([endpointOf(client, queueUrl), client.config.region()]);
  return new LeanTransport({
    endpoint,
    region,
    credentials: () => client.config.credentials(),
    maxSockets: options.maxSockets,
  });
}

/** Has the client build a request, asks where that would go, and does not send it. */
async function endpointOf(client: SQSClient, queueUrl: string): Promise<URL> {
  let endpoint: URL | undefined;
  const probe = new ReceiveMessageCommand({ QueueUrl: queueUrl });
  probe.middlewareStack.add(
    () => async (args) => {
      const { protocol, hostname, port, path } = args.request as {
        protocol: string;
        hostname: string;
        port?: number;
        path: string;
      };
      endpoint = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'finalizeRequest', priority: 'high', name: 'whereTo' },
  );
  await client.send(probe);
  if (endpoint === undefined) throw new Error('the AWS SDK did not say where SQS is');
  return endpoint;
}

import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { openSqs, type SqsOptions } from '../client.ts';
import { FreshCredentials } from '../credentials.ts';
import type { SqsTransport } from './calls.ts';
import { HttpTransport } from './http-transport.ts';

/** Opens a transport with connections of its own. The AWS SDK resolves endpoint and region. */
export async function openTransport(queueUrl: string, options: SqsOptions): Promise<SqsTransport> {
  const client = openSqs(options);
  try {
    const [endpoint, region] = await Promise.all([endpointOf(client, queueUrl), client.config.region()]);
    const credentials = new FreshCredentials();
    return new HttpTransport({ endpoint, region, credentials, maxSockets: options.maxSockets });
  } finally {
    client.destroy();
  }
}

/** Lets the client build a request and reads its address, without sending it. */
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
  if (endpoint === undefined) throw new Error('the AWS SDK did not resolve an endpoint for SQS');
  return endpoint;
}

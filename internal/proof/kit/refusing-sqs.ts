import { createServer } from 'node:http';
import { type Listening, listening } from './listening.ts';

/** An SQS that refuses every call with the given error, as AWS does for bad credentials. */
export async function startRefusingSqs(errorName: string): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' });
    outgoing.end(JSON.stringify({ __type: `com.amazon.coral.service#${errorName}`, message: 'refused' }));
  });
  return listening(server);
}

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface SqsOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Connections of this client alone: long polls hold theirs for 20 s, so they get a client of their own. */
  readonly maxSockets: number;
  /** 1 for sends: only the sender knows what a repeated send would mean. */
  readonly maxAttempts?: number;
  /** After so long without an answer a call fails. Where long polls are made it must exceed their wait. */
  readonly requestTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** More than the longest long poll. */
const DEFAULT_REQUEST_TIMEOUT_MS = 35_000;

/** A client with its own keep-alive connections. Credentials come from where the AWS SDK finds them. */
export function openSqs({
  region,
  endpoint,
  maxSockets,
  maxAttempts = 2,
  requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS,
}: SqsOptions): SQSClient {
  return new SQSClient({
    ...(region === undefined ? {} : { region }),
    // Emulators answer queue URLs with host names that may not resolve: with an endpoint set, that is where calls go.
    ...(endpoint === undefined ? {} : { endpoint, useQueueUrlAsEndpoint: false }),
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets }),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true, // without it the handler only warns, and the call hangs on
    }),
    // SQS answers MD5 sums of bodies; TLS and TCP guard them already, and the sums cost a third of a send.
    md5: false,
  });
}

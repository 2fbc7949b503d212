import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FreshCredentials } from './credentials.ts';

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
  // HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as the other calls have them.
  const agent = { keepAlive: true, maxSockets, proxyEnv: process.env };
  return new SQSClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Emulators answer queue URLs with host names that may not resolve, and those of AWS know neither FIPS nor dual-stack
    // endpoints: calls go where the region and the settings say.
    useQueueUrlAsEndpoint: false,
    credentials: new FreshCredentials().getExpiring,
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true, // without it the handler only warns, and the call hangs on
    }),
    // SQS answers MD5 sums of bodies; TLS and TCP guard them already, and the sums cost a third of a send.
    md5: false,
  });
}

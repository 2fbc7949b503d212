import {
  ChangeMessageVisibilityBatchCommand,
  type ChangeMessageVisibilityBatchCommandInput,
  DeleteMessageBatchCommand,
  type DeleteMessageBatchCommandInput,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { CallLimits, HotAction, HotCalls, SqsTransport } from './transport.ts';

/** The calls through a client of the AWS SDK, which is closed with it. */
export class SdkTransport implements SqsTransport {
  readonly #client: SQSClient;

  constructor(client: SQSClient) {
    this.#client = client;
  }

  async call<A extends HotAction>(
    action: A,
    input: HotCalls[A]['input'],
    { signal, timeoutMs }: CallLimits,
  ): Promise<HotCalls[A]['output']> {
    const patience = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await this.#send(action, input, AbortSignal.any([signal, patience]));
      return answer as HotCalls[A]['output'];
    } catch (error) {
      if (signal.aborted || !patience.aborted) throw error;
      throw new DOMException(`SQS did not answer within ${timeoutMs} ms`, 'TimeoutError');
    }
  }

  #send(action: HotAction, input: unknown, abortSignal: AbortSignal): Promise<unknown> {
    const options = { abortSignal };
    switch (action) {
      case 'ReceiveMessage':
        return this.#client.send(new ReceiveMessageCommand(input as ReceiveMessageCommandInput), options);
      case 'DeleteMessageBatch':
        return this.#client.send(
          new DeleteMessageBatchCommand(input as DeleteMessageBatchCommandInput),
          options,
        );
      case 'ChangeMessageVisibilityBatch':
        return this.#client.send(
          new ChangeMessageVisibilityBatchCommand(input as ChangeMessageVisibilityBatchCommandInput),
          options,
        );
    }
  }

  close(): void {
    this.#client.destroy();
  }
}

import { tmpdir } from 'node:os';
import { ChildProgram } from '../../../embedded/program.ts';
import { type Certificate, makeCertificate } from '../../../load/receivers/certificate.ts';
import type { Behaviour, GroupState, ReceiverCommand, ReceiverSays } from './receiver-protocol.ts';

interface Reached {
  readonly accepted: number;
  readonly atMs: number;
}

/** The receiver as a child process. */
export class Receiver extends ChildProgram {
  /** PEM of the certificate that its TLS port has. */
  readonly certificate: string;
  #ports: { readonly http: readonly number[]; readonly https: number } = { http: [], https: 0 };
  readonly #answers: ((value: unknown) => void)[] = [];
  readonly #reached = new Map<string, (reached: Reached) => void>();

  private constructor({ cert, key }: Certificate) {
    super({
      path: 'internal/proof/bench/deliver/receiver.ts',
      name: 'receiver',
      folder: tmpdir(),
      env: { CERT: cert, KEY: key },
      ipc: true,
    });
    this.certificate = cert;
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver(makeCertificate('127.0.0.1'));
    receiver.#ports = (await receiver.message()) as Extract<ReceiverSays, { kind: 'ports' }>;
    receiver.process.on('message', (said) => receiver.#hear(said as ReceiverSays));
    return receiver;
  }

  #hear(said: ReceiverSays): void {
    if (said.kind === 'answer') this.#answers.shift()?.(said.value);
    if (said.kind === 'reached') this.#reached.get(`${said.group} ${said.accepted}`)?.(said);
  }

  /** The URL of an endpoint. @param origin number of the origin, of which there are 101 */
  url(group: string, endpoint: number, origin = 0): string {
    const port = this.#ports.http[origin % this.#ports.http.length];
    return `http://127.0.0.1:${port}/${group}/${endpoint}`;
  }

  tlsUrl(group: string): string {
    return `https://127.0.0.1:${this.#ports.https}/${group}/0`;
  }

  async forget(): Promise<void> {
    await this.#ask({ kind: 'forget' });
    this.#reached.clear();
  }

  async behave(group: string, behaviour: Behaviour): Promise<void> {
    await this.#ask({ kind: 'behave', group, behaviour });
  }

  /** Returns for each of these numbers, which ascend, a promise of the moment at which as many messages are accepted. */
  async watch(group: string, accepted: readonly number[]): Promise<Promise<Reached>[]> {
    const promises = accepted.map(
      (number) => new Promise<Reached>((resolve) => this.#reached.set(`${group} ${number}`, resolve)),
    );
    await this.#ask({ kind: 'watch', group, accepted });
    return promises;
  }

  async state(group: string): Promise<GroupState> {
    return (await this.#ask({ kind: 'state', group })) as GroupState;
  }

  /** How many connections were opened since `forget`. */
  async connections(): Promise<number> {
    return (await this.#ask({ kind: 'connections' })) as number;
  }

  /** When each accepted message came, by its id. */
  async arrivals(group: string): Promise<Map<string, number>> {
    return new Map((await this.#ask({ kind: 'arrivals', group })) as [string, number][]);
  }

  #ask(command: ReceiverCommand): Promise<unknown> {
    const answer = new Promise<unknown>((resolve) => this.#answers.push(resolve));
    const ended = this.exited.then(() => {
      throw this.failure();
    });
    this.send(command);
    return Promise.race([answer, ended]);
  }
}

import { startFauxqs } from 'fauxqs';
import { mendCharacters, mendListening, mendRelease } from './mended-fauxqs.ts';
import type { ServerReport } from './sqs.ts';

// The process of the embedded SQS: arguments are the port and, to keep data, a folder. Its parent holds the IPC channel.
const [port, folder] = process.argv.slice(2);
const report = (message: ServerReport) => process.send?.(message);

try {
  mendListening();
  await mendCharacters();
  if (folder !== undefined) await mendRelease();
  const server = await startFauxqs({
    port: Number(port),
    host: '127.0.0.1',
    logger: false,
    ...(folder === undefined ? {} : { dataDir: folder }),
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), 1_000).unref(); // long polls must not delay the end
    void server.stop().finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('disconnect', stop); // the parent is gone
  report({ port: server.port });
} catch (error) {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  report({ problem: taken ? `port ${port} is taken` : String(error) });
  process.exit(1);
}

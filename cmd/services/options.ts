import { CommandLine } from '#internal/config/command-line.ts';
import { wholeNumberFrom } from '#internal/config/whole-number.ts';

interface ServicesOptions {
  readonly postgresPort: number;
  readonly sqsPort: number;
  readonly data: string;
  readonly writeEnv: boolean;
}

const port = wholeNumberFrom(1, 65_535);

/**
 * Reads the command line; `--help` ends the process here.
 * @throws ConfigError with all mistakes at once
 */
export function parseOptions(argv: readonly string[]): ServicesOptions {
  return new CommandLine('services')
    .description(
      'PostgreSQL and SQS for development, without Docker, on stable ports, with their data kept in a folder.',
    )
    .option('--postgres-port <port>', 'port of PostgreSQL', port, 15_432)
    .option('--sqs-port <port>', 'port of SQS', port, 14_566)
    .option('--data <folder>', 'where the data is kept', '.services')
    .option('--write-env', 'write a .env if there is none', false)
    .parse([...argv])
    .demand()
    .opts<ServicesOptions>();
}

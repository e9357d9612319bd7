import { setMaxListeners } from 'node:events';
import { createDynamoDbClient, endpointsFromEnvironment } from '../../../shared/adapters/aws/clients.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { EXIT_FAILURE, runData } from './run.ts';

const interrupted = new AbortController();
setMaxListeners(0, interrupted.signal);

/** The first Ctrl-C ends the work in order, a second one at once. */
function onSignal(): void {
  if (interrupted.signal.aborted) process.exit(EXIT_FAILURE);
  interrupted.abort();
}
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

runData(process.argv.slice(2), {
  environment: process.env,
  clock: systemClock,
  signal: interrupted.signal,
  openClient: (region) => createDynamoDbClient({ region, endpoints: endpointsFromEnvironment(process.env) }),
  print: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(`${text}\n`),
}).then(
  (exitStatus) => {
    process.exitCode = exitStatus;
  },
  (error: unknown) => {
    process.stderr.write(
      `The command has to stop: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(EXIT_FAILURE);
  },
);

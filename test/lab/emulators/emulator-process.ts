import * as z from 'zod';
import { startEmulators } from './emulators.ts';

/**
 * Entry of a child process that runs the emulators, so that their work takes another core than the service's own.
 *
 * The only argument is a JSON object with `dataDir`. One line of JSON with the endpoints is printed once they answer; the
 * process ends when its parent closes the channel between them, or goes away.
 */
const options = z.object({ dataDir: z.string().nullable() }).parse(JSON.parse(process.argv[2] ?? 'null'));

// An interrupt at the terminal reaches the whole group; the parent still needs its tables until it has finished.
process.on('SIGINT', () => {});

const emulators = await startEmulators(options);
process.once('disconnect', () => {
  emulators.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdout.write(`${JSON.stringify(emulators.endpoints)}\n`);

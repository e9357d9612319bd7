import { readFileSync } from 'node:fs';
import { type LabServerOptions, startDnsServer } from './dns-server.ts';

/**
 * A scripted DNS server as a process of its own, so that its work is not counted as that of the one measured.
 *
 * Usage: `dns-process <file with LabServerOptions as JSON>`. Prints `{"address","port"}` as one line of JSON once it
 * serves, and ends with SIGTERM or when the IPC channel to its parent, if it has one, goes away.
 */
async function main(file: string | undefined): Promise<void> {
  if (file === undefined) throw new Error('usage: dns-process <options.json>');
  const options: LabServerOptions = JSON.parse(readFileSync(file, 'utf8'));
  const server = await startDnsServer({ logSize: 0, ...options });
  const stop = () => void server.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  process.stdout.write(`${JSON.stringify({ address: server.address, port: server.port })}\n`);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

import type { Command } from 'commander';
import { addExamples } from './shell/command.ts';

/** `mpic start`: the service in this process, as `npm start` runs it. It reads its own flags, `--help` too. */
export function defineCommand(command: Command): void {
  addExamples(command, ['mpic start --port 8080 --caa-domains ca.example', 'mpic start --help']);
  command
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      process.setSourceMapsEnabled(true);
      process.argv.splice(2, 1);
      // Another command that runs the service for itself holds a channel to it: the service ends with that command.
      if (process.connected) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
      await import(new URL('local.mjs', import.meta.url).href);
      // The service ends the process.
      await new Promise(() => {});
    });
}

import { Cleanup } from './cleanup.ts';
import { ProcessGroups } from './process-groups.ts';
import { Report } from './report.ts';
import { runDeployment } from './run.ts';
import { Skipped } from './skipped.ts';
import { createWorkFolder } from './work-folder.ts';

/** Nothing failed, for nothing could be tried. */
const EXIT_SKIPPED = 3;
/** As a shell has it for what a signal ended. */
const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

class Interrupted extends Error {
  readonly status: number;

  constructor(signal: keyof typeof SIGNAL_STATUS) {
    super(`ended by ${signal}`);
    this.status = SIGNAL_STATUS[signal];
  }
}

/**
 * `npm run test:deploy`: deploy the synthesised app for real, into an emulator of AWS on this machine, check the service that
 * comes out, and take it away again. Nothing is left, however it ends.
 */
async function main(): Promise<number> {
  const report = new Report((text) => void process.stdout.write(text));
  const [groups, cleanup] = [new ProcessGroups(), new Cleanup()];
  const interrupted = whenInterrupted();
  try {
    const folder = await createWorkFolder();
    cleanup.add(folder.remove);
    cleanup.add(() => groups.endAll());
    await Promise.race([interrupted, runDeployment({ report, groups, folder, cleanup })]);
  } catch (error) {
    if (error instanceof Interrupted) {
      report.mute();
      return error.status;
    }
    if (error instanceof Skipped) {
      process.stdout.write(`skipped: ${error.message}\n`);
      return EXIT_SKIPPED;
    }
    report.count('the run goes on to its end', { status: 'fail', reason: messageOf(error) }, 0);
  } finally {
    for (const problem of await cleanup.run()) process.stderr.write(`not cleaned up: ${problem}\n`);
  }
  report.summarise();
  return report.hasFailed ? 1 : 0;
}

/** Rejects when somebody wants this run to end. A second signal changes nothing: what was started has to be ended. */
function whenInterrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => reject(new Interrupted(signal)));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main().then(
  // What was interrupted may still wait for something; what was written goes out first.
  (status) => process.stdout.write('', () => process.exit(status)),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  },
);

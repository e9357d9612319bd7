import { runReplay } from './run.ts';

/** `npm run replay`: does a recorded decision follow from its records, and what would it be under the rules of another day? */
process.exitCode = await runReplay(process.argv.slice(2), {
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});

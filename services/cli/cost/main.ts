import { runCost } from './run.ts';

/** `npm run cost`: what a deployment costs in a month, from a formula whose inputs are shown. */
process.exitCode = runCost(process.argv.slice(2), new Date(), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});

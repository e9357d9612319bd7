import { runVerify } from './run.ts';

/** `npm run verify`: does a deployed service do what it is deployed for? Exit status 0: no check failed. */
const output = {
  out: (text: string) => void process.stdout.write(text),
  error: (text: string) => void process.stderr.write(text),
};

runVerify(process.argv.slice(2), process.env, output).then(
  // Connections that are kept alive would keep the process; what was written goes out first.
  (status) => process.stdout.write('', () => process.exit(status)),
  (error: unknown) => {
    process.stderr.write(`The verification has to stop: ${error instanceof Error ? error.name : 'error'}\n`);
    process.exit(1);
  },
);

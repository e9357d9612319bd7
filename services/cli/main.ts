#!/usr/bin/env node
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { runMpic } from './program.ts';
import { EXIT } from './shell/command.ts';

/** The first Ctrl-C lets the command end its work in order, a second one ends it at once. */
function catchInterrupts(): AbortSignal {
  const interrupted = new AbortController();
  const onSignal = () => {
    if (interrupted.signal.aborted) process.exit(EXIT.failed);
    interrupted.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return interrupted.signal;
}

// The service says at its start when this Node.js is past its end of life; the lines of the SDK about it would hide ours.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Whoever reads what is printed may go before the end, such as head.
process.stdout.on('error', () => process.exit(EXIT.failed));

void runMpic(process.argv.slice(2), {
  environment: process.env,
  clock: systemClock,
  stdin: process.stdin,
  isTerminal: process.stderr.isTTY === true,
  catchInterrupts,
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
}).then((status) => {
  // Connections that are kept alive would keep the process; what was written goes out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
});

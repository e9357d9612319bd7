import type { Command } from 'commander';
import * as z from 'zod';
import { type JobView, type MpicClient, MpicClientError } from '../../../shared/client/index.ts';
import { define, EXIT, type Io, option, UsageError } from '../shell/command.ts';
import { baseUrl, numberFrom, toggle } from '../shell/values.ts';
import { showVerdict } from './check.ts';
import {
  CONNECTION_OPTIONS,
  createAnswerKeeper,
  MAX_WAIT_S,
  MS_PER_SECOND,
  withService,
} from './connection.ts';
import { createProgress } from './progress.ts';
import { show } from './show.ts';
import { exitStatusOf } from './verdict.ts';

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  url: option('<base>', 'base URL of the service that accepted it', baseUrl),
  wait: option('<s>', 'wait so long for the verdict, seconds', numberFrom(0, MAX_WAIT_S).default(0)),
  json: option('', 'print the answer of the service as it is', toggle),
};

/** `mpic get <id>`: how far a request is, and its verdict when there is one. */
export function defineCommand(command: Command, io: Io): void {
  command
    .description(
      'Show how far a request is, and its verdict when it has one. Exit status as of check; 2 while it runs.',
    )
    .argument('<id>', 'mpic_id of the request');
  const examples = ['mpic get 01a2011c-dc3e-7eb8-ad0e-53a1df69d0da --url http://127.0.0.1:3000 --wait 25'];
  define(command, OPTIONS, examples, (values, [id = '']) => {
    if (!z.uuid().safeParse(id).success) throw new UsageError('<id> is not the mpic_id of a request');
    return withService(values, io, (client, signal) => showRequest(client, id, { ...values, signal }, io));
  });
}

interface Call {
  readonly wait: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function showRequest(client: MpicClient, id: string, call: Call, io: Io): Promise<number> {
  const { signal, wait, json } = call;
  if (wait > 0) await waitFor(client, id, call, io);
  const answer = createAnswerKeeper();
  const view = await client.get(id, { signal, onText: answer.onText });
  if (json) io.out(`${answer.printable()}\n`);
  else if (view.response === null) io.out(`${describeState(view)}\n`);
  else await showVerdict(client, view.response, { signal }, io);
  return view.response === null ? EXIT.failed : exitStatusOf(view.response);
}

/** Until the verdict is there, or the time is over: then the view says how far the request is. */
async function waitFor(client: MpicClient, id: string, { signal, wait, json }: Call, io: Io): Promise<void> {
  const progress = json ? null : createProgress(io);
  const timeoutMs = wait * MS_PER_SECOND;
  try {
    await client.wait(id, {
      signal,
      timeoutMs,
      ...(progress === null ? {} : { onProgress: progress.update }),
    });
  } catch (error) {
    if (!(error instanceof MpicClientError && error.kind === 'undecided')) throw error;
  } finally {
    progress?.end();
  }
}

function describeState({
  status,
  attempt,
  progress,
  checked_identifier: identifier,
  deadline,
}: JobView): string {
  return `${show(identifier, 253)} is ${status}: ${progress.received} of ${progress.expected} perspectives have answered in attempt ${attempt}; it ends by ${deadline}`;
}

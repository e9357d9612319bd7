import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { createMpicClient, type MpicClient, MpicClientError } from '../../../shared/client/index.ts';
import { escapeJson } from '../../../shared/contract/api/printable-json.ts';
import { SETTINGS } from '../../../shared/contract/settings/settings.ts';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { CommandError, type Environment, EXIT, type Io, option, UsageError } from '../shell/command.ts';
import { baseUrl, parseKey } from '../shell/values.ts';
import { startEmbeddedService } from './embedded-service.ts';
import { show } from './show.ts';

/** The options of every command that asks a service, which one and as whom. */
export const CONNECTION_OPTIONS = {
  url: option('<base>', 'base URL of a service; without it one runs for this command', baseUrl.optional()),
  keyFile: option(
    '<file>',
    `file with the API key of a caller; else ${SETTINGS.key.name} in the environment`,
    z.string().optional(),
  ),
};

export interface Connection {
  readonly url?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Longest `--wait`, seconds. */
export const MAX_WAIT_S = 3600;
export const MS_PER_SECOND = 1000;

/** Keeps the last answer as it came, for `--json`: its `onText` is an option of every call. */
export function createAnswerKeeper() {
  let text = '';
  return {
    onText(body: string) {
      text = body;
    },
    /** Without what could command a terminal. */
    printable: () => escapeJson(text),
    get text() {
      return text;
    },
  };
}

/** What a command does with a service. */
export type Asking = (client: MpicClient, signal: AbortSignal) => Promise<number>;

/**
 * Asks the service at the URL, or one that runs for this command alone.
 *
 * @param flags settings of the latter that win over the environment
 * @throws CommandError for everything that kept the service from answering.
 */
export async function withService(
  { url, keyFile }: Connection,
  io: Io,
  ask: Asking,
  flags: readonly string[] = [],
): Promise<number> {
  if (url !== undefined) return askAs(url, readKey(keyFile, io), io.catchInterrupts(), ask);
  if (keyFile !== undefined) throw new UsageError('--key-file needs --url: the own service asks for no key');
  io.error(
    `all perspectives share this host, which is not corroboration in the sense of ${cite('mpic')}; --url asks a deployed service\n`,
  );
  return withOwnService(io.environment, flags, io, ask);
}

/**
 * Asks a service that runs for this command alone: a child process, so that this program needs none of its code.
 *
 * @param flags settings of that service that win over the environment
 */
export async function withOwnService(
  environment: Environment,
  flags: readonly string[],
  io: Io,
  ask: Asking,
): Promise<number> {
  const signal = io.catchInterrupts();
  const service = await startEmbeddedService(environment, flags, signal);
  try {
    return await askAs(service.url, null, signal, ask);
  } finally {
    await service.stop();
  }
}

async function askAs(url: string, key: string | null, signal: AbortSignal, ask: Asking): Promise<number> {
  try {
    return await ask(createMpicClient({ url, key }), signal);
  } catch (error) {
    throw error instanceof MpicClientError ? toCommandError(error) : error;
  }
}

function readKey(keyFile: string | undefined, io: Io): string | null {
  if (keyFile === undefined) return parseKey(SETTINGS.key.name, io.environment[SETTINGS.key.name]);
  try {
    return parseKey('--key-file', readFileSync(keyFile, 'utf8').trim());
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('--key-file cannot be read');
  }
}

/** A request that the service finds wrong is wrong usage: the same words fail again. */
function toCommandError(error: MpicClientError): CommandError {
  const isWrong = error.problem !== null && !('message' in error.problem);
  return new CommandError(describeClientError(error), isWrong ? EXIT.usage : EXIT.failed);
}

/** What went wrong, in one sentence without what could command a terminal. */
export function describeClientError({ kind, message, problem, status, advice }: MpicClientError): string {
  if (kind === 'aborted') return 'interrupted';
  if (problem === null) return `the service gave ${message}. ${advice}`;
  if ('message' in problem) return `status ${status}, ${problem.error}: ${show(problem.message, 300)}`;
  const issues = problem.validation_issues.map((issue) =>
    'message' in issue
      ? show(issue.message, 400)
      : `${show(issue.loc.slice(1).join('.'))}: ${show(issue.msg, 300)}`,
  );
  return `the service does not take this request: ${issues.join('; ')}`;
}

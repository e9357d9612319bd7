import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CallerKey } from '../../shared/contract/settings/api-keys.ts';
import { applying, ConfigurationError } from '../../shared/contract/settings/configuration-error.ts';
import { findContradictions } from '../../shared/contract/settings/contradictions.ts';
import { flagOf } from '../../shared/contract/settings/describe-settings.ts';
import { describeUnreadable } from '../../shared/contract/settings/issue-text.ts';
import {
  BUILT_IN_PERSPECTIVES,
  type PerspectiveFile,
  parsePerspectiveFile,
} from '../../shared/contract/settings/perspective-file.ts';
import { defaultsOf, parseSettings, settingsFor } from '../../shared/contract/settings/read-settings.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import { SETTINGS, type Setting, type SettingsOf } from '../../shared/contract/settings/settings.ts';
import { readKeyFile } from './key-file.ts';

type Given = Partial<SettingsOf<'local'>>;

/**
 * Reads flags, environment and the perspective file, in this order of precedence, and checks that they fit together.
 *
 * @param now selects the dated rules: a set of perspectives that was enough yesterday may not be enough today.
 * @throws ConfigurationError naming every wrong setting and what to do.
 */
export function loadConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  now: Date,
): ServiceConfig {
  const given = parseSettings('local', { ...environment, ...readFlags(argv) });
  const file = given.config ? readPerspectiveFile(given.config) : BUILT_IN_PERSPECTIVES;
  const dataDir = given.dataDir === ':memory:' ? null : (given.dataDir ?? defaultDataDir(environment));
  return completeConfig({ ...given, dataDir, apiKeys: callersOf(given) }, file, now);
}

/**
 * The same for a function of the home region, whose secret and perspectives are not in its environment.
 *
 * @param given the function's own settings, without defaults.
 */
export function loadHomeConfig(
  given: Partial<SettingsOf<'home'>>,
  perspectivesFile: string,
  cohortSecret: string,
  now: Date,
): ServiceConfig {
  const { backend, cohortSecret: secret } = SETTINGS;
  const fixed = parseSettings('local', { [backend.name]: 'aws', [secret.name]: cohortSecret });
  return completeConfig({ ...given, ...fixed }, readPerspectiveFile(perspectivesFile), now);
}

/**
 * Completes the given settings with the perspective file and defaults.
 *
 * @throws ConfigurationError if settings contradict each other.
 */
function completeConfig(given: Given, file: PerspectiveFile, now: Date): ServiceConfig {
  const {
    config: _,
    maxUnpublished,
    maxUnpublishedSeconds,
    apiKeys,
    ...settings
  } = {
    ...defaultsOf('local'),
    defaultPerspectiveCount: file.default_perspective_count,
    maxAttempts: file.max_attempts,
    ...given,
  };
  const config: ServiceConfig = {
    ...settings,
    apiKeys: apiKeys ?? [],
    publication: { maxUnpublished, maxUnpublishedMs: maxUnpublishedSeconds * 1000 },
    perspectives: file.perspectives.map(
      ({ resolver = null, queue = null, queue_region: queueRegion = null, ...place }) => ({
        ...place,
        resolver,
        queue,
        queueRegion,
      }),
    ),
    primary: file.primary ?? null,
  };
  const problems = [...findIgnored(given, config), ...findContradictions(config, now)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return config;
}

/** What was given and would have no effect. */
function findIgnored({ roles, sharedHost }: Given, { backend }: ServiceConfig): readonly string[] {
  return applying({
    [`MPIC_SHARED_HOST is for the aws backend: on ${backend} all perspectives share this machine in any case; leave it out`]:
      sharedHost !== undefined && backend !== 'aws',
    [`MPIC_ROLES is for the aws backend: on ${backend} one process does everything; leave it out, or set MPIC_BACKEND=aws`]:
      roles !== undefined && backend !== 'aws',
  });
}

function readFlags(argv: readonly string[]): Record<string, string> {
  const settings = settingsFor('local').map(([, setting]) => setting);
  refuseSecrets(argv, settings);
  const open = settings.filter(({ isSecret }) => !isSecret);
  const options = Object.fromEntries(open.map((setting) => [flagOf(setting), { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(
      open.flatMap((setting) => {
        const value = values[flagOf(setting)];
        return typeof value === 'string' ? [[setting.name, value]] : [];
      }),
    );
  } catch (error) {
    throw new ConfigurationError([`${describeFlagError(error)}; --help lists the flags there are`]);
  }
}

/** The first line names the flag; the advice of Node.js about positional arguments does not apply here. */
function describeFlagError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, flag] = /^Option '(--[\w-]+)[^']*' argument is ambiguous/.exec(message) ?? [];
  if (flag !== undefined)
    return `${flag} needs a value; one that begins with a dash is written ${flag}=<value>`;
  const [first = ''] = message.split('\n');
  return first.split('. To ')[0] ?? first;
}

/** The message never repeats the value. */
function refuseSecrets(argv: readonly string[], settings: readonly Setting[]): void {
  const given = settings.filter(
    (setting) =>
      setting.isSecret && argv.some((argument) => argument.split('=')[0] === `--${flagOf(setting)}`),
  );
  if (given.length === 0) return;
  throw new ConfigurationError(
    given.map(
      (setting) =>
        `--${flagOf(setting)} is a secret, and every user of this machine can read command lines: set ${setting.name} in the environment`,
    ),
  );
}

/** @throws ConfigurationError if the file contains no usable keys. */
function callersOf({ apiKeys, apiKeysFile }: Given): readonly CallerKey[] {
  if (!apiKeysFile) return apiKeys ?? [];
  if (apiKeys)
    throw new ConfigurationError([
      'MPIC_API_KEYS and MPIC_API_KEYS_FILE are both set: put all keys into the file',
    ]);
  const read = readKeyFile(apiKeysFile);
  if (read.ok) return read.keys;
  throw new ConfigurationError([`MPIC_API_KEYS_FILE: ${apiKeysFile} ${read.problem}`]);
}

/** @throws ConfigurationError if the file is not as docs/configuration.md describes. */
function readPerspectiveFile(path: string): PerspectiveFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const remedy = 'name a perspective file, or leave it out for the six built-in perspectives';
    throw new ConfigurationError([`MPIC_CONFIG: ${describeUnreadable(path, error, remedy)}`]);
  }
  const parsed = parsePerspectiveFile(content, path);
  if (parsed.ok) return parsed.file;
  throw new ConfigurationError(parsed.problems.map((problem) => `MPIC_CONFIG: ${problem}`));
}

function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'mpic');
}

import * as z from 'zod';
import { ConfigurationError } from './configuration-error.ts';
import { issueText } from './issue-text.ts';
import { REQUIRED, type Reader, SETTINGS, type Setting, type SettingsOf } from './settings.ts';

const TABLE = Object.entries(SETTINGS) as readonly (readonly [string, Setting])[];

/** The settings that a process reads, by their names in the code. */
export function settingsFor(reader: Reader): readonly (readonly [string, Setting])[] {
  return TABLE.filter(([, { defaults }]) => reader in defaults);
}

/**
 * Read the settings that were given, and no defaults.
 *
 * @param environment by the names of environment variables, which may be anything unless they begin with `MPIC_`.
 * @throws ConfigurationError naming every setting that is missing, unknown or wrong.
 */
export function parseSettings<R extends Reader>(
  reader: R,
  environment: NodeJS.ProcessEnv,
): Partial<SettingsOf<R>> {
  const settings = settingsFor(reader);
  const known = new Set(settings.map(([, { name }]) => name));
  const problems = Object.keys(environment)
    .filter((name) => name.startsWith('MPIC_') && environment[name] !== undefined && !known.has(name))
    .map((name) => `${name} is not a setting of this service; see docs/configuration.md for those there are`);
  const given: Record<string, unknown> = {};
  for (const [key, setting] of settings) {
    const text = environment[setting.name];
    if (!text && setting.defaults[reader] === REQUIRED) {
      problems.push(`${setting.name} is not set: ${setting.what}`);
    } else if (text !== undefined) {
      const parsed = schemaFor(reader, setting).safeParse(text, { error: issueText });
      if (parsed.success) given[key] = parsed.data;
      else problems.push(`${setting.name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return given as Partial<SettingsOf<R>>;
}

/** The defaults of the settings that have one or can do without. */
export function defaultsOf<R extends Reader>(reader: R): SettingsOf<R> {
  const entries = settingsFor(reader).map(([key, { defaults }]) => [key, defaults[reader]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== REQUIRED)) as SettingsOf<R>;
}

/** As {@link parseSettings}, with the defaults of what was not given. */
export function readSettings<R extends Reader>(reader: R, environment: NodeJS.ProcessEnv): SettingsOf<R> {
  return { ...defaultsOf(reader), ...parseSettings(reader, environment) };
}

/** The environment in which a process reads `values`; what is null or empty is left out. Throws for values out of bounds. */
export function writeSettings<R extends Reader>(
  reader: R,
  values: Partial<SettingsOf<R>>,
): Readonly<Record<string, string>> {
  const given = new Map<string, unknown>(Object.entries(values).filter(([, value]) => value !== null));
  const texts = settingsFor(reader)
    .filter(([key]) => given.has(key))
    .map(([key, setting]) => [setting.name, z.encode(schemaFor(reader, setting), given.get(key))] as const);
  return Object.fromEntries(texts.filter(([, text]) => text !== ''));
}

export function schemaFor(reader: Reader, { schema, home }: Setting): z.ZodType<unknown, string> {
  return reader === 'home' && home !== undefined ? home.schema : schema;
}

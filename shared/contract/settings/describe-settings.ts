import * as z from 'zod';
import { schemaFor, settingsFor } from './read-settings.ts';
import { READERS, REQUIRED, type Reader, type Setting } from './settings.ts';

/** The flag of a setting: `MPIC_DATA_DIR` is `--data-dir`. */
export function flagOf({ name }: Setting): string {
  return name
    .replace(/^MPIC_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

/** The settings of the service in one process, or of a worker, as a text for `--help`. A worker has no flags. */
export function describeSettings(reader: 'local' | 'worker' = 'local'): string {
  const rows = settingsFor(reader).map(([, setting]) => {
    const values = valuesOf(reader, setting);
    return [
      `  ${titleOf(reader, setting)}`,
      `      ${withoutMarkup(setting.what)}`,
      ...(values === '' ? [] : [`      Values: ${withoutMarkup(values)}`]),
      `      Default: ${defaultTextOf(reader, setting)}`,
    ].join('\n');
  });
  const where = reader === 'local' ? 'as a flag or in the environment; a flag wins' : 'in the environment';
  return [`Settings, ${where}:`, ...rows].join('\n');
}

function titleOf(reader: 'local' | 'worker', setting: Setting): string {
  if (reader === 'worker') return setting.name;
  return setting.isSecret ? `${setting.name} (environment only)` : `--${flagOf(setting)}, ${setting.name}`;
}

function withoutMarkup(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('**', '');
}

const TABLES = new RegExp(
  `(<!-- settings: (${READERS.join('|')}) -->\\n)[\\s\\S]*?(<!-- settings end -->)`,
  'g',
);

/**
 * A Markdown text with its tables of settings written anew, each between `<!-- settings: <reader> -->` and
 * `<!-- settings end -->`.
 *
 * @param reference where the settings of `local` are described: what other processes share with it is not repeated.
 */
export function writeTables(markdown: string, reference: string): string {
  return markdown.replace(
    TABLES,
    (_, begin: string, reader: Reader, end: string) =>
      `${begin}${settingsTable(reader, reference).join('\n')}\n${end}`,
  );
}

function settingsTable(reader: Reader, reference: string): readonly string[] {
  const rows = settingsFor(reader).map(([, setting]) => {
    const isShared = reader !== 'local' && 'local' in setting.defaults;
    return [
      `\`${setting.name}\``,
      defaultTextOf(reader, setting),
      valuesOf(reader, setting),
      isShared ? `see [settings](${reference})` : setting.what,
      isShared ? '' : setting.risk,
    ];
  });
  return [
    ['setting', 'default', 'values', 'meaning', 'what goes wrong'],
    ['---', '---', '---', '---', '---'],
    ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`);
}

function valuesOf(reader: Reader, setting: Setting): string {
  const values = schemaFor(reader, setting).description ?? '';
  return reader === 'home' && setting.home ? `${values}: ${setting.home.reason}` : values;
}

/** The default as a reader of the documentation would put it. */
function defaultTextOf(reader: Reader, { schema, defaults, defaultText = 'none' }: Setting): string {
  const value = defaults[reader];
  if (value === REQUIRED) return 'required';
  const isEmpty = value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return isEmpty ? defaultText : z.encode(schema, value);
}

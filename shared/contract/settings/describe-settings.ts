import { flagOf, SETTINGS, type Setting } from './settings.ts';

/** The settings as a text for `--help`: environment variable, flag, meaning and default of each. */
export function describeSettings(): string {
  const rows = (Object.values(SETTINGS) as readonly Setting[]).map(
    (setting) =>
      `  ${setting.isSecret ? `${setting.name} (environment only)` : `--${flagOf(setting)}, ${setting.name}`}\n      ${setting.meaning}\n      Default: ${setting.defaultText}`,
  );
  return ['Settings, as a flag or in the environment; a flag wins:', ...rows].join('\n');
}

import type { Command, Option } from 'commander';
import { flagOf as flagOfSetting } from '../../../shared/contract/settings/describe-settings.ts';
import { settingsFor } from '../../../shared/contract/settings/read-settings.ts';
import { examplesOf } from '../shell/command.ts';

/** An option of a command, for people. */
export interface OutlinedOption {
  /** `--url <base>`. */
  readonly flags: string;
  /** `--url`. */
  readonly long: string;
  readonly takesValue: boolean;
  readonly meaning: string;
}

/** A command of the command line, and what it takes. */
export interface OutlinedCommand {
  /** Below `mpic`: `data export`; empty for `mpic` itself. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** `<target>`, or nothing. */
  readonly operands: string;
  readonly options: readonly OutlinedOption[];
  /** Names of the commands below it. */
  readonly verbs: readonly string[];
  readonly examples: readonly string[];
}

/** Every command, each before those below it. */
export function outlineProgram(program: Command): readonly OutlinedCommand[] {
  return outline(program, '');
}

function outline(command: Command, path: string): readonly OutlinedCommand[] {
  const options = path === 'start' ? startOptions() : command.options.map(describeOption);
  return [
    {
      path,
      summary: command.summary() || command.description(),
      description: command.description(),
      operands: command.registeredArguments
        .map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`))
        .join(' '),
      options,
      verbs: command.commands.map((one) => one.name()),
      examples: examplesOf(command),
    },
    ...command.commands.flatMap((one) => outline(one, `${path} ${one.name()}`.trim())),
  ];
}

function describeOption({ flags, long, description, required, optional }: Option): OutlinedOption {
  return { flags, long: long ?? flags, takesValue: required || optional, meaning: description };
}

/** The service reads its flags itself: those are its settings. */
function startOptions(): readonly OutlinedOption[] {
  return settingsFor('local')
    .filter(([, { isSecret }]) => isSecret !== true)
    .map(([, setting]) => {
      const long = `--${flagOfSetting(setting)}`;
      return { flags: `${long} <value>`, long, takesValue: true, meaning: plain(setting.what) };
    });
}

/** Without the marks of Markdown. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/\*\*|`/g, '');
}

import { Argument, type Command } from 'commander';
import { define, EXIT, type Io } from '../shell/command.ts';
import { SHELLS, type Shell, writeCompletion } from './completion.ts';
import { outlineProgram } from './outline.ts';

/** `mpic completion <shell>`: the completion script, for the shell to read. */
export function defineCommand(command: Command, io: Io, whole: () => Promise<Command>): void {
  command
    .description('Print the completion of these commands for a shell.')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(SHELLS));
  const examples = [
    'source <(mpic completion bash)',
    'mpic completion zsh > "$fpath[1]/_mpic"',
    'mpic completion fish > ~/.config/fish/completions/mpic.fish',
  ];
  define(command, {}, examples, async (_, [shell]) => {
    io.out(writeCompletion(shell as Shell, outlineProgram(await whole())));
    return EXIT.ok;
  });
}

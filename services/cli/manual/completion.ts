import type { OutlinedCommand } from './outline.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script of a shell: commands and options by where the line stands, and names of files elsewhere. */
export function writeCompletion(shell: Shell, commands: readonly OutlinedCommand[]): string {
  return { bash: writeBash, zsh: writeZsh, fish: writeFish }[shell](commands);
}

/** Options that every command has. */
const COMMON = ['--help'];

function wordsOf({ verbs, options }: OutlinedCommand): readonly string[] {
  return [...verbs, ...options.map(({ long }) => long), ...COMMON];
}

/** The paths that lead to further commands, as patterns of a `case`. */
function knownPaths(commands: readonly OutlinedCommand[]): string {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => quote(path))
    .join('|');
}

function writeBash(commands: readonly OutlinedCommand[]): string {
  const cases = commands.map((one) => `    ${quote(one.path)}) words=${quote(wordsOf(one).join(' '))} ;;`);
  return `# Completion of mpic for bash: source <(mpic completion bash)
_mpic() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' next words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${knownPaths(commands)}) path=$next ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _mpic mpic
`;
}

function writeZsh(commands: readonly OutlinedCommand[]): string {
  const described = (word: string, meaning: string) =>
    quote(`${word.replaceAll(':', '\\:')}:${meaning.replace(/\s+/g, ' ')}`);
  const cases = commands.map((one) => {
    const verbs = one.verbs.map((verb) => described(verb, summaryOf(commands, `${one.path} ${verb}`.trim())));
    const options = one.options.map(({ long, meaning }) => described(long, meaning));
    return `    ${quote(one.path)}) words=(${[...verbs, ...options, described('--help', 'display help')].join(' ')}) ;;`;
  });
  return `#compdef mpic
# Completion of mpic for zsh: mpic completion zsh > "$fpath[1]/_mpic"
_mpic() {
  local way='' next i
  local -a words_before words
  words_before=("\${(@)words[2,CURRENT-1]}")
  words=()
  for i in "\${words_before[@]}"; do
    next="\${way:+$way }$i"
    case "$next" in
      ${knownPaths(commands)}) way=$next ;;
    esac
  done
  case "$way" in
${cases.join('\n')}
  esac
  _describe -o 'mpic' words || _files
}
compdef _mpic mpic
`;
}

function summaryOf(commands: readonly OutlinedCommand[], path: string): string {
  return commands.find((one) => one.path === path)?.summary ?? '';
}

function writeFish(commands: readonly OutlinedCommand[]): string {
  const lines = commands.flatMap((one) => {
    const at = `-n ${quote(`__mpic_at ${quote(one.path)}`)}`;
    const verbs = one.verbs.map(
      (verb) =>
        `complete -c mpic ${at} -f -a ${quote(verb)} -d ${quote(summaryOf(commands, `${one.path} ${verb}`.trim()))}`,
    );
    const options = one.options.map(
      ({ long, takesValue, meaning }) =>
        `complete -c mpic ${at} -l ${long.slice(2)}${takesValue ? ' -r' : ''} -d ${quote(meaning)}`,
    );
    return [...verbs, ...options];
  });
  const known = commands.filter(({ path }) => path !== '').map(({ path }) => quote(path));
  return `# Completion of mpic for fish: mpic completion fish > ~/.config/fish/completions/mpic.fish
function __mpic_at
  set -l way ''
  for word in (commandline -opc)[2..]
    set -l next (string trim -- "$way $word")
    contains -- $next ${known.join(' ')}; and set way $next
  end
  test "$way" = "$argv[1]"
end
${lines.join('\n')}
complete -c mpic -l help -d 'display help'
`;
}

/** For all three shells: nothing between single quotes has a meaning, and a quote itself is left out of them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

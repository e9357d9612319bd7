import type { OutlinedCommand, OutlinedOption } from './outline.ts';

const FILES: readonly (readonly [string, string])[] = [
  ['mpic.config.json', 'the deployment file; MPIC_DEPLOYMENT or --config names another'],
  [
    '$XDG_STATE_HOME/mpic, else ~/.local/state/mpic',
    'the data folder of the embedded service: store, audit trail, cohort secret',
  ],
];
const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['MPIC_KEY', 'API key of a caller, for the commands that ask a service'],
  ['MPIC_VERIFY_KEY', 'API key of a caller, for verify'],
  ['MPIC_DEPLOYMENT', 'path of the deployment file'],
  ['AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY', 'credentials, for the commands that ask AWS'],
];

/**
 * The manual page mpic(1), in roff. It names no date and no version, so that equal commands make equal pages.
 *
 * @param exitStatuses what the commands' exit statuses mean
 */
export function writeManPage(commands: readonly OutlinedCommand[], exitStatuses: string): string {
  const [whole, ...rest] = commands;
  const lines = [
    '.\\" Made of the commands by npm run docs.',
    '.TH MPIC 1 "" "mpic" "User Commands"',
    '.SH NAME',
    'mpic \\- Multi-Perspective Issuance Corroboration: the service, and the commands of its operator',
    '.SH SYNOPSIS',
    '.B mpic',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    roff(whole?.description ?? ''),
    '.SH COMMANDS',
    ...rest.flatMap(commandLines),
    '.SH EXIT STATUS',
    roff(exitStatuses.trim().replace(/\s+/g, ' ')),
    '.SH ENVIRONMENT',
    'The settings of the service are environment variables, too: docs/configuration.md.',
    ...ENVIRONMENT.flatMap(term),
    '.SH FILES',
    ...FILES.flatMap(term),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines({ path, operands, description, options, examples, verbs }: OutlinedCommand): string[] {
  const title = ['mpic', path, operands, options.length > 0 ? '[options]' : ''].filter((word) => word !== '');
  return [
    `.SS ${roff(title.join(' '))}`,
    roff(description),
    ...(verbs.length > 0 ? ['.PP', `Commands: ${roff(verbs.join(', '))}.`] : []),
    ...options.flatMap(({ flags, meaning }: OutlinedOption) => term([flags, meaning])),
    ...(examples.length > 0
      ? ['.PP', 'Examples:', '.EX', ...examples.map((line) => roff(`  ${line}`)), '.EE']
      : []),
  ];
}

function term([name, meaning]: readonly [string, string]): readonly string[] {
  return ['.TP', `.B ${roff(name)}`, roff(meaning)];
}

/** Text as roff takes it: no escapes, no requests at the beginning of a line, and hyphens that can be copied. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}

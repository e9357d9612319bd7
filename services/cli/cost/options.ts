import { parseArgs } from 'node:util';
import { boundsOf, INPUT_NAMES, INPUTS, type InputName, type Inputs } from './inputs.ts';

export interface CostOptions {
  /** What was given on the command line. */
  readonly given: Partial<Inputs>;
  /** `mpic.config.json` of a deployment, for what is not given. */
  readonly config: string | null;
  readonly json: boolean;
}

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

export const USAGE = `Usage: npm run cost -- [options]
  --config <file>        mpic.config.json of a deployment: regions, memory sizes, retention, ...
  --home <region>        home region, default us-east-1
  --regions <list>       regions of the perspectives, default those of a service without configuration
  --json                 everything as JSON, prices and their sources included
Each input of the estimate, with its default:
${INPUT_NAMES.map(describeInput).join('\n')}
`;

/** @throws Error that says which option is wrong. */
export function parseOptions(argv: readonly string[]): CostOptions {
  const { config, json, home, regions, ...numbers } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
      home: { type: 'string' },
      regions: { type: 'string' },
      ...Object.fromEntries(INPUT_NAMES.map((name) => [flagOf(name), { type: 'string' } as const])),
    },
  }).values as Readonly<Record<string, string | boolean | undefined>>;
  const given = INPUT_NAMES.flatMap((name) => {
    const text = numbers[flagOf(name)];
    return typeof text === 'string' ? [[name, parseNumber(name, text)] as const] : [];
  });
  return {
    given: {
      ...(Object.fromEntries(given) as Partial<Record<InputName, number>>),
      ...(typeof home === 'string' ? { home: parseRegion('home', home) } : {}),
      ...(typeof regions === 'string' ? { regions: parseRegions(regions) } : {}),
    },
    config: typeof config === 'string' ? config : null,
    json: json === true,
  };
}

/** `requestsPerMonth` as `requests-per-month`. */
export function flagOf(name: InputName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function describeInput(name: InputName): string {
  const { value, unit, meaning } = INPUTS[name];
  return `  ${`--${flagOf(name)}`.padEnd(27)}${meaning}; ${value}${unit === '' ? '' : ` ${unit}`}`;
}

function parseNumber(name: InputName, text: string): number {
  const number = Number(text);
  const { least, most } = boundsOf(name);
  if (text.trim() !== '' && Number.isFinite(number) && number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new Error(`--${flagOf(name)} ${text}: not a number ${range}`);
}

function parseRegions(text: string): readonly string[] {
  return text.split(',').map((one) => parseRegion('regions', one.trim()));
}

function parseRegion(option: string, text: string): string {
  if (REGION.test(text)) return text;
  throw new Error(`--${option} ${text}: not the code of an AWS region, such as eu-west-1`);
}

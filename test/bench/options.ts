import { parseArgs } from 'node:util';

export const SCENARIOS = [
  'latency',
  'throughput',
  'memory',
  'slow',
  'loss',
  'delays',
  'coldstart',
  'perspective',
  'methods',
  'hostile',
  'dnssec',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** Scenarios that only ask, and so can be run against a server that is not ours. */
const FOREIGN_SCENARIOS: readonly ScenarioName[] = ['latency', 'throughput'];

export interface BenchOptions {
  /** Null: local mode, started by the bench. */
  readonly url: string | null;
  readonly backend: 'embedded' | 'emulated';
  readonly apiKey: string | null;
  readonly seconds: number;
  readonly callers: readonly number[];
  /** Requests of the memory scenario. */
  readonly requests: number;
  readonly scenarios: readonly ScenarioName[];
  /** Name to ask about; `{n}` becomes a number from 0 to 999. */
  readonly target: string;
  readonly caaDomain: string;
  readonly perspectives: number;
  readonly json: string | null;
}

export const CAA_DOMAIN = 'ca.test';

export const USAGE = `Usage: npm run bench -- [options]
  --scenario <list>      all, or a comma list of ${SCENARIOS.join(', ')}
  --seconds <n>          length of each measurement under load, default 5
  --callers <list>       callers at the same time, default 1,8,32,64
  --requests <n>         requests of the memory scenario, default 20000
  --backend <name>       embedded (default) or emulated
  --json <file>          write the results there as well
  --url <url>            measure a running Open MPIC server instead of local mode (${FOREIGN_SCENARIOS.join(' and ')} only)
  --api-key <key>        sent as x-api-key
  --target <name>        name to ask about, {n} is a number from 0 to 999; default h{n}.test, with --url example.com
  --caa-domain <name>    issuer domain name of the requests, default ${CAA_DOMAIN}
  --perspectives <n>     perspectives asked for and expected, default 6
`;

/** @throws Error that says which option is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      url: { type: 'string' },
      'api-key': { type: 'string' },
      json: { type: 'string' },
      target: { type: 'string' },
      backend: { type: 'string', default: 'embedded' },
      seconds: { type: 'string', default: '5' },
      callers: { type: 'string', default: '1,8,32,64' },
      requests: { type: 'string', default: '20000' },
      scenario: { type: 'string', default: 'all' },
      'caa-domain': { type: 'string', default: CAA_DOMAIN },
      perspectives: { type: 'string', default: '6' },
    },
  });
  const url = values.url ?? null;
  return {
    url: url === null ? null : new URL(url).href.replace(/\/$/, ''),
    backend: parseBackend(values.backend),
    apiKey: values['api-key'] ?? null,
    seconds: parseNumber('seconds', values.seconds, 0.1),
    callers: values.callers.split(',').map((one) => parseNumber('callers', one, 1)),
    requests: parseNumber('requests', values.requests, 1000),
    scenarios: parseScenarios(values.scenario, url !== null),
    target: values.target ?? (url === null ? 'h{n}.test' : 'example.com'),
    caaDomain: values['caa-domain'],
    perspectives: parseNumber('perspectives', values.perspectives, 2),
    json: values.json ?? null,
  };
}

function parseBackend(text: string): BenchOptions['backend'] {
  if (text === 'embedded' || text === 'emulated') return text;
  throw new Error(`--backend ${text}: neither embedded nor emulated`);
}

function parseNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= least) return number;
  throw new Error(`--${name} ${text}: not a number of at least ${least}`);
}

function parseScenarios(text: string, foreign: boolean): readonly ScenarioName[] {
  const possible = foreign ? FOREIGN_SCENARIOS : SCENARIOS;
  if (text === 'all') return possible;
  return text.split(',').map((name) => {
    const found = possible.find((one) => one === name);
    if (found === undefined)
      throw new Error(
        `--scenario ${name}: choose among ${possible.join(', ')}${foreign ? ' with --url' : ''}`,
      );
    return found;
  });
}

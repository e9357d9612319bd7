import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ALL, type Choices } from './choices.ts';
import { REQUESTS_PER_HISTORY } from './draw-plan.ts';
import { SHAPES, type Shape } from './plan.ts';

export interface Options {
  readonly seed: number;
  readonly histories: number;
  readonly workers: number;
  /** Null means all. */
  readonly shape: Shape | null;
  /** Stop at the first violation. */
  readonly untilViolation: boolean;
  /** Stop after this many seconds; null means when all histories are done. */
  readonly seconds: number | null;
  /** Print everything that happens. */
  readonly trace: boolean;
  /** Number of failing histories to shrink. */
  readonly shrunk: number;
  readonly choices: Omit<Choices, 'seed'>;
}

export const USAGE = `npm run simulate -- [flags]

  --requests N        how many requests (default 20000)
  --histories N       how many histories, in place of --requests; each has ${REQUESTS_PER_HISTORY} requests
  --workers N         threads (default 2)
  --seed S            of the first history, the next ones count up (default: a random one)
  --shape NAME        only one of ${SHAPES.join(', ')}
  --until-violation   stop at the first violation
  --seconds N         stop after this time
  --shrink N          make so many failing histories short (default 2)
  --trace             print every call and every answer

What the shortest history of a failure is made of:
  --clients 1,5  --faults 0,3 or none  --honest  --clear  --on-time
`;

const LARGEST_SEED = 2 ** 32;

/** @throws Error naming the flag and its allowed values. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      requests: { type: 'string', default: '20000' },
      histories: { type: 'string' },
      workers: { type: 'string', default: '2' },
      seed: { type: 'string' },
      shape: { type: 'string' },
      'until-violation': { type: 'boolean', default: false },
      seconds: { type: 'string' },
      shrink: { type: 'string', default: '2' },
      trace: { type: 'boolean', default: false },
      clients: { type: 'string' },
      faults: { type: 'string' },
      honest: { type: 'boolean', default: false },
      clear: { type: 'boolean', default: false },
      'on-time': { type: 'boolean', default: false },
    },
  });
  const number = (name: string, text: string, least: number, most: number) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Error(`--${name} is a whole number from ${least} to ${most}`);
  };
  const requests = number('requests', values.requests, 1, 1_000_000_000);
  const shape = SHAPES.find((name) => name === values.shape) ?? null;
  if (values.shape !== undefined && shape === null) throw new Error(`--shape is one of ${SHAPES.join(', ')}`);
  return {
    seed:
      values.seed === undefined ? randomInt(LARGEST_SEED) : number('seed', values.seed, 0, LARGEST_SEED - 1),
    histories:
      values.histories === undefined
        ? Math.ceil(requests / REQUESTS_PER_HISTORY)
        : number('histories', values.histories, 1, 100_000_000),
    workers: number('workers', values.workers, 1, 256),
    shape,
    untilViolation: values['until-violation'],
    seconds: values.seconds === undefined ? null : number('seconds', values.seconds, 1, 1_000_000),
    trace: values.trace,
    shrunk: number('shrink', values.shrink, 0, 1000),
    choices: {
      ...ALL,
      clients: listOf(values.clients),
      faults: listOf(values.faults),
      isHonest: values.honest,
      isClear: values.clear,
      isOnTime: values['on-time'],
    },
  };
}

function listOf(text: string | undefined): readonly number[] | null {
  if (text === undefined) return null;
  return text === 'none' ? [] : text.split(',').map(Number);
}

import { describe, expect, it } from 'vitest';
import type { ExplanationBody, JobView } from '../../../shared/contract/api/response-schema.ts';
import {
  COMMANDS_A_TERMINAL,
  HOSTILE,
  ID,
  KEY,
  neverDecides,
  RUNNING,
  useAskedService,
  VALUE,
} from './ask-lab.ts';
import { type Run, runCommand, type World } from './run-command.ts';

const { open, openChanged } = useAskedService();

const explain = (url: string, argv: readonly string[], world: World = {}): Promise<Run> =>
  runCommand(['explain', '--url', url, ...argv], { environment: { MPIC_KEY: KEY }, ...world });

const DNS_CHANGE = ['--method', 'dns-change', '--dns-record-type', 'TXT', '--dns-name-prefix', '_dcv'];

const CAUSE: ExplanationBody['causes'][number] = {
  cause: 'wrong-record',
  sure: 'certain',
  text: 'The record has another value.',
  applicant: 'Replace it.',
  ca: null,
  extent: 'all',
  perspectives: ['us-east-1'],
  evidence: [{ perspective_code: 'us-east-1', text: 'saw "x"' }],
};
const answers = (explanation: ExplanationBody, more: Partial<JobView> = {}) =>
  open(() => Response.json({ ...RUNNING, ...more, explanation }));

describe('mpic explain: wrong usage', () => {
  it.each([
    { name: 'an id or a target is needed', argv: [], says: "missing required argument 'id-or-target'" },
    { name: 'an id needs a service', argv: [ID], says: 'an id needs --url' },
    {
      name: 'an id takes no method',
      argv: [ID, '--url', 'http://127.0.0.1:9', ...DNS_CHANGE],
      says: 'an id takes no parameters of a check',
    },
    {
      name: 'an id takes no parameter of CAA',
      argv: [ID, '--url', 'http://127.0.0.1:9', '--caa-domains', 'ca.test'],
      says: 'an id takes no parameters of a check',
    },
    {
      name: 'a check needs its parameters',
      argv: ['example.com', '--method', 'dns-change', '--dns-record-type', 'TXT'],
      says: 'dns-change needs --challenge-value',
    },
  ])('$name', async ({ argv, says }) => {
    const { status, out, error } = await runCommand(['explain', ...argv]);
    expect([status, out]).toEqual([64, '']);
    expect(error).toContain(says);
    expect(error).toMatch(/^mpic explain: [^\n]*; mpic explain --help explains\n$/);
  });
});

describe('mpic explain', () => {
  it.each([
    {
      name: 'CAA names another CA',
      argv: ['forbidden.test'],
      status: 1,
      says: 'caa-forbids-issuer (the evidence says so); all perspectives: ',
    },
    { name: 'the CAA lookup fails', argv: ['broken.test'], status: 2, says: 'caa-lookup-failed (' },
    {
      name: 'the record has another value',
      argv: ['permitted.test', ...DNS_CHANGE, '--challenge-value', `${VALUE}x`],
      status: 1,
      says: `another value than expected: "${VALUE}", expected "${VALUE}x"`,
    },
    { name: 'nothing went wrong', argv: ['permitted.test'], status: 0, says: 'Nothing to explain' },
  ])('makes the check, says that $name, and ends with $status', async ({ argv, status, says }) => {
    const { url } = await openChanged();
    const run = await explain(url, argv);
    expect([run.status, run.out]).toEqual([status, expect.stringContaining(says)]);
    expect(run.out).not.toMatch(COMMANDS_A_TERMINAL);
  });

  it('explains a request by its id, as it was explained when it was made', async () => {
    const { url, bodies } = await openChanged();
    const made = await explain(url, ['forbidden.test']);
    const { mpic_id: id } = JSON.parse(bodies.at(-1) ?? '') as JobView;
    expect(await explain(url, [id])).toEqual({ ...made, error: '' });
  });

  it('shows with --json what the service gave', async () => {
    const { url, bodies } = await openChanged();
    const run = await explain(url, ['forbidden.test', '--json']);
    const { explanation } = JSON.parse(bodies.at(-1) ?? '') as JobView;
    expect(JSON.parse(run.out)).toEqual(explanation);
    expect(run).toMatchObject({ status: 1, error: '' });
  });

  it('says of a running request what is in, and ends with 2', async () => {
    const { url } = await answers({ note: 'The request is running.', causes: [CAUSE] });
    const run = await explain(url, [ID]);
    expect(run).toMatchObject({ status: 2, error: '' });
    expect(run.out).toMatch(/^The request is running\.\n1\. .*another value\..*\n {3}wrong-record /);
    expect(run.out).toContain('   - us-east-1: saw "x"\n');
  });

  it('says when the service is too old to explain', async () => {
    const { url } = await open(neverDecides);
    const run = await explain(url, [ID]);
    expect([run.status, run.out]).toEqual([2, '']);
    expect(run.error).toContain('the service gave no explanation: its version is older than this command');
  });

  it('shows hostile texts of a service escaped, and bounds them', async () => {
    const hostile = {
      ...CAUSE,
      text: HOSTILE,
      applicant: HOSTILE,
      ca: HOSTILE,
      perspectives: Array.from({ length: 50 }, () => 'x'),
      evidence: Array.from({ length: 50 }, () => ({ perspective_code: HOSTILE.slice(0, 60), text: HOSTILE })),
    };
    const { url } = await answers({ note: HOSTILE, causes: Array.from({ length: 30 }, () => hostile) });
    for (const more of [[], ['--json']]) {
      const run = await explain(url, [ID, ...more]);
      expect(run.out).toContain('owned');
      expect(run.out).not.toMatch(COMMANDS_A_TERMINAL);
      if (more.length === 0) expect(run.out.split('\n').length).toBeLessThan(200);
    }
  });
});

describe('the explanation below a verdict', () => {
  it('is the most likely cause, of mpic check and mpic get', async () => {
    const { url, bodies } = await openChanged();
    const run = await runCommand(['check', 'forbidden.test', '--url', url], {
      environment: { MPIC_KEY: KEY },
    });
    expect(run.out).toMatch(/not valid: 0 of 6[\s\S]*why: CAA at "forbidden\.test" does not permit this CA/);
    const { mpic_id: id } = JSON.parse(bodies.at(-1) ?? '') as JobView;
    const again = await runCommand(['get', id, '--url', url], { environment: { MPIC_KEY: KEY } });
    expect(again.out).toContain('why: CAA at "forbidden.test"');
  });

  it('is missing below a valid verdict, and where the service does not explain', async () => {
    const { url } = await openChanged();
    const valid = await runCommand(['check', 'permitted.test', '--url', url], {
      environment: { MPIC_KEY: KEY },
    });
    expect(valid.out).not.toContain('why: ');
    const old = await openChanged((body) => {
      const { explanation: _, ...rest } = JSON.parse(body) as JobView;
      return JSON.stringify(rest);
    });
    const run = await runCommand(['check', 'forbidden.test', '--url', old.url], {
      environment: { MPIC_KEY: KEY },
    });
    expect(run.status).toBe(1);
    expect(run.out).not.toContain('why: ');
  });
});

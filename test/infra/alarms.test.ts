import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUNBOOK_SECTIONS } from '../../infra/constructs/alarm.ts';
import { concludeAttempt } from '../../services/coordinator/finish.ts';
import { createWakeUpHandler } from '../../services/coordinator/handle-wake-up.ts';
import { reportPublished } from '../../services/coordinator/report.ts';
import { createStderrLog } from '../../shared/adapters/system/stderr-log.ts';
import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import { judgeAttempt, selectAttemptResults } from '../../shared/domain/mpic/judge-attempt.ts';
import type { Log } from '../../shared/ports/log.ts';
import { buildCheckResult, buildRequestRecord, buildVerdict, frozen, readable } from '../support/builders.ts';
import { createDecisionBench, DISSENT } from '../support/decision-bench.ts';
import { DEFAULT_REGIONS, type VariantName } from '../support/infra/deployments.ts';
import { synthesise } from '../support/infra/synthesise.ts';
import {
  memberAt,
  ofType,
  type Properties,
  type SynthesisedStack,
  theOne,
} from '../support/infra/template.ts';
import { anchorsOf, readDocument } from '../unit/docs/markdown.ts';

const home = (variant: VariantName = 'the example') => synthesise(variant).home;
const alarms = (stack: SynthesisedStack) => ofType(stack, 'AWS::CloudWatch::Alarm');
const alarm = (stack: SynthesisedStack, name: string) =>
  theOne(stack, 'AWS::CloudWatch::Alarm', { AlarmName: name }).properties;
const sectionOf = ({ AlarmDescription }: Properties) => String(AlarmDescription).split('#').at(-1);

describe('the alarms', () => {
  it('of the home region are about what all callers share, and about silence', () => {
    expect(
      alarms(home())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      [
        'mpic-dead-letters-deadlines',
        'mpic-dead-letters-wake-ups',
        'mpic-disagreement',
        'mpic-errors-api',
        'mpic-errors-decision',
        'mpic-latency',
        'mpic-server-errors',
        'mpic-suspect-results',
        'mpic-throttles-api',
        'mpic-throttles-decision',
        'mpic-unfinished-requests',
        ...DEFAULT_REGIONS.map((code) => `mpic-silent-${code}`),
      ].sort(),
    );
  });

  it.each(DEFAULT_REGIONS)('of %s are about its queue, its function and its resolver', (code) => {
    const stack = synthesise('the example').perspectives.get(code);
    expect(
      stack &&
        alarms(stack)
          .map(({ name }) => name)
          .sort(),
    ).toEqual([
      `mpic-dead-letters-${code}`,
      `mpic-errors-perspective-${code}`,
      `mpic-resolver-failed-${code}`,
      `mpic-throttles-perspective-${code}`,
    ]);
  });

  it('of a worker are those that can be seen from here: dead letters, and silence at home', () => {
    const stack = synthesise('a worker').perspectives.get('jnb-1');
    expect(stack && alarms(stack).map(({ name }) => name)).toEqual(['mpic-dead-letters-jnb-1']);
    expect(alarms(home('a worker')).map(({ name }) => name)).toContain('mpic-silent-jnb-1');
  });

  it('take no data for good news, for a service that nobody calls is well', () => {
    for (const stack of synthesise('the example').stacks) {
      for (const { properties } of alarms(stack)) {
        expect(properties).toMatchObject({
          TreatMissingData: 'notBreaching',
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        });
      }
    }
  });

  it.each<{ name: string; watches: Properties }>([
    {
      name: 'mpic-dead-letters-deadlines',
      watches: {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: 'mpic-deadlines-dead' }],
        Threshold: 1,
      },
    },
    {
      name: 'mpic-dead-letters-wake-ups',
      watches: { Dimensions: [{ Name: 'QueueName', Value: 'mpic-wake-ups-dead' }], Threshold: 1 },
    },
    {
      name: 'mpic-suspect-results',
      watches: { Namespace: 'MPIC/mpic-home', MetricName: 'SuspectResults', Threshold: 1 },
    },
    {
      name: 'mpic-errors-api',
      watches: {
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        // Of the alias, so that a new version that fails is seen while it has a tenth of the traffic.
        Dimensions: [
          { Name: 'FunctionName', Value: 'mpic-api' },
          { Name: 'Resource', Value: 'mpic-api:live' },
        ],
      },
    },
    { name: 'mpic-throttles-decision', watches: { Namespace: 'AWS/Lambda', MetricName: 'Throttles' } },
    {
      name: 'mpic-server-errors',
      watches: { Namespace: 'AWS/ApiGateway', MetricName: '5XXError', Statistic: 'Average', Threshold: 0.01 },
    },
    {
      name: 'mpic-latency',
      watches: {
        Namespace: 'AWS/ApiGateway',
        MetricName: 'Latency',
        ExtendedStatistic: 'p99',
        Threshold: 5_000,
      },
    },
    {
      name: 'mpic-unfinished-requests',
      watches: {
        MetricName: 'ApproximateAgeOfOldestMessage',
        Dimensions: [{ Name: 'QueueName', Value: 'mpic-deadlines' }],
        Threshold: 120,
      },
    },
    { name: 'mpic-disagreement', watches: { Namespace: 'MPIC/mpic-home', MetricName: 'Disagreements' } },
    {
      name: 'mpic-silent-sa-east-1',
      watches: { Namespace: 'MPIC/mpic-home', MetricName: 'Silent-sa-east-1' },
    },
  ])('$name watches what it says', ({ name, watches }) => {
    expect(alarm(home(), name)).toMatchObject(watches);
  });

  it('lead to the runbook of the operator where that is elsewhere', () => {
    expect(alarm(home('everything said otherwise'), 'staging-latency').AlarmDescription).toMatch(
      / Runbook: https:\/\/wiki\.ca\.example\/mpic#latency$/,
    );
  });
});

describe('the runbook', () => {
  const anchors = anchorsOf(readDocument('docs/runbook.md'));

  it.each(RUNBOOK_SECTIONS)('has a section %s, and an alarm leads there', (section) => {
    expect(anchors).toContain(section);
    const leading = synthesise('the example')
      .stacks.flatMap(alarms)
      .filter(({ properties }) => sectionOf(properties) === section);
    expect(leading.length).toBeGreaterThan(0);
  });
});

describe('the dashboard', () => {
  interface Widget {
    readonly type: string;
    readonly y: number;
    readonly properties: Properties;
  }
  const widgets = (variant: VariantName) => {
    const body = String(theOne(home(variant), 'AWS::CloudWatch::Dashboard').properties.DashboardBody);
    return (JSON.parse(body) as { readonly widgets: readonly Widget[] }).widgets;
  };

  it.each<VariantName>(['the example', 'a worker', 'everything said otherwise'])(
    'begins with the question and all alarms of the home region in %s',
    (variant) => {
      const [question, answer] = widgets(variant);
      expect(question?.properties.markdown).toMatch(/^# Is issuance at risk now\?/);
      expect(answer?.type).toBe('alarm');
      expect([answer?.properties.alarms].flat().sort()).toEqual(
        alarms(home(variant))
          .map(({ arn }) => arn)
          .sort(),
      );
      for (const { y } of widgets(variant).slice(2)) expect(y).toBeGreaterThan(answer?.y ?? Number.NaN);
    },
  );

  it('shows the oldest job of each perspective, in its own region', () => {
    const jobs = widgets('the example').filter(({ properties }) =>
      String(properties.title).startsWith('Oldest job'),
    );
    const metrics = jobs.flatMap(({ properties }) => properties.metrics as readonly (readonly unknown[])[]);
    const shown = metrics.map((metric) => [metric[3], memberAt(metric.at(-1), 'region')]);
    // Metrics of the region that the dashboard is in need not name it.
    expect(shown.map(([queue, region]) => [queue, region ?? 'eu-west-1'])).toEqual(
      DEFAULT_REGIONS.map((code) => [`mpic-jobs-${code}`, code]),
    );
  });
});

/**
 * The part of the patterns of CloudWatch Logs that ours use: texts that are equal, members that are true or false, and
 * all of them (`&&`) or one of them (`||`).
 */
function matches(pattern: string, line: string): boolean {
  const [, terms] = /^\{ (.+) \}$/.exec(pattern) ?? [];
  if (terms === undefined) throw new Error(`this is no pattern of JSON lines: ${pattern}`);
  const entry: unknown = JSON.parse(line);
  return terms.split(' || ').some((some) => some.split(' && ').every((term) => matchesTerm(term, entry)));
}

function matchesTerm(term: string, entry: unknown): boolean {
  const [, path = '', text, truth] = /^\$\.(\w+) (?:= "([^"]*)"|IS (TRUE|FALSE))$/.exec(term) ?? [];
  if (path === '') throw new Error(`this matcher does not know ${term}`);
  return memberAt(entry, path) === (text ?? truth === 'TRUE');
}

describe('the lines of the log that alarms count', () => {
  const ASKED = synthesise('the example').deployment.perspectives.map(({ code, rir }) => ({ code, rir }));

  /** Lines as a function writes them. */
  function linesOf(act: (log: Log) => void): readonly string[] {
    const lines: string[] = [];
    act(createStderrLog({ format: 'json', level: 'info', now: Date.now, write: (line) => lines.push(line) }));
    return lines;
  }

  /** What is written of a request whose perspectives did these things. */
  function reportOf(fates: Partial<Record<(typeof DEFAULT_REGIONS)[number], 'silent' | 'failed'>>) {
    const counted = DEFAULT_REGIONS.filter((code) => fates[code] !== 'silent');
    const results = counted.map((perspective) =>
      buildCheckResult({ perspective, passed: fates[perspective] !== 'failed' }),
    );
    const record = buildRequestRecord({ cohorts: [ASKED], verdicts: [buildVerdict({ counted })] });
    return linesOf((log) => reportPublished(log, frozen(record, results)));
  }

  /** What is written at the end of a request. */
  async function conclusionOf(changes: Partial<CheckResult>): Promise<readonly string[]> {
    const { deps, tables } = createDecisionBench();
    const record = buildRequestRecord({ cohorts: [ASKED], maxAttempts: 1 });
    tables.requests.set(record.requestId, record);
    const results = selectAttemptResults(
      record,
      DEFAULT_REGIONS.map((perspective) =>
        readable(buildCheckResult({ requestId: record.requestId, perspective, ...changes })),
      ),
    );
    const decision = judgeAttempt(record, results, true);
    if (decision.status !== 'settled') throw new Error('the request is still running');
    const lines: string[] = [];
    const log = createStderrLog({
      format: 'json',
      level: 'info',
      now: Date.now,
      write: (line) => lines.push(line),
    });
    await concludeAttempt({ ...deps, log }, record, results, decision);
    return lines;
  }

  /** Names of the metrics that count one of the lines, with how many. */
  function counted(lines: readonly string[], logGroup: string): Readonly<Record<string, number>> {
    const counts = ofType(home(), 'AWS::Logs::MetricFilter')
      .filter(({ properties }) => properties.LogGroupName === logGroup)
      .map(({ properties }) => [
        String(memberAt(properties.MetricTransformations, '0.MetricName')),
        lines.filter((line) => matches(String(properties.FilterPattern), line)).length,
      ]);
    return Object.fromEntries(counts.filter(([, count]) => count !== 0));
  }

  const DECISION_LOG = '/aws/lambda/mpic-decision';

  it.each([
    { name: 'nothing of a request in which all saw the same', fates: {}, expected: {} },
    {
      name: 'a perspective that was not heard, under its own name',
      fates: { 'sa-east-1': 'silent' as const },
      expected: { 'Silent-sa-east-1': 1 },
    },
    {
      name: 'two perspectives that were not heard, each under its own',
      fates: { 'us-east-1': 'silent' as const, 'us-west-2': 'silent' as const },
      expected: { 'Silent-us-east-1': 1, 'Silent-us-west-2': 1 },
    },
    {
      name: 'a request in which one saw something else, once',
      fates: { 'eu-west-1': 'failed' as const },
      expected: { Disagreements: 1 },
    },
    {
      name: 'silence beside disagreement',
      fates: { 'eu-west-1': 'failed' as const, 'eu-central-1': 'silent' as const },
      expected: { Disagreements: 1, 'Silent-eu-central-1': 1 },
    },
  ])('are of $name', ({ fates, expected }) => {
    expect(counted(reportOf(fates), DECISION_LOG)).toEqual(expected);
  });

  it.each([
    { name: 'valid', changes: {}, metric: 'Valid' },
    { name: 'not valid', changes: DISSENT, metric: 'NotValid' },
  ])('of a request that is $name are counted as such, whoever ends it', async ({ changes, metric }) => {
    const lines = await conclusionOf(changes);
    expect(counted(lines, DECISION_LOG)).toEqual({ [`${metric}-decision`]: 1 });
    expect(counted(lines, '/aws/lambda/mpic-api')).toEqual({ [`${metric}-api`]: 1 });
  });

  it('are of what a perspective sent and nobody can read, each time', async () => {
    const { deps } = createDecisionBench();
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const log = createStderrLog({ format: 'json', level: 'info', now: Date.now, write });
    const handler = createWakeUpHandler({ ...deps, log }, { lingerMs: 0 });
    for (const body of ['no JSON', '{}']) await handler({ messageId: 'm', body, receiveCount: 1, ageMs: 0 });
    expect(counted(lines, DECISION_LOG)).toEqual({ SuspectResults: 2 });
  });

  it('are written by the code that this service is made of', () => {
    const source = ['services', 'shared']
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
      )
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const patterns = synthesise('the example')
      .stacks.flatMap((stack) => ofType(stack, 'AWS::Logs::MetricFilter'))
      .map(({ properties }) => String(properties.FilterPattern));
    const events = new Set(
      patterns.flatMap((pattern) => [...pattern.matchAll(/\$\.event = "(\w+)"/g)].map(([, event]) => event)),
    );
    expect(events.size).toBe(7);
    for (const event of events) expect(source).toMatch(new RegExp(`\\blog\\.\\w+\\('${event}'`));
  });

  it('make the metrics that the alarms watch', () => {
    for (const stack of synthesise('the example').stacks) {
      const made = ofType(stack, 'AWS::Logs::MetricFilter').map(({ properties }) => {
        const [metric] = properties.MetricTransformations as readonly Properties[];
        return `${metric?.MetricNamespace} ${metric?.MetricName}`;
      });
      const watched = alarms(stack)
        .map(({ properties }) => `${properties.Namespace} ${properties.MetricName}`)
        .filter((metric) => metric.startsWith('MPIC/'));
      expect(watched.length).toBeGreaterThan(0);
      for (const metric of watched) expect(made).toContain(metric);
    }
  });
});

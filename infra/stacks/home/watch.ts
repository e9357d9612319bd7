import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { raiseAlarm } from '../../constructs/alarm.ts';
import { countLines } from '../../constructs/log-metrics.ts';
import type { PartProps } from '../../constructs/scope.ts';
import type { HomeFunctions } from './functions.ts';

/** Share of answers with a 5xx that wakes somebody. */
const ERROR_SHARE = 0.01;
/** Attempts in five minutes in which a perspective has not been heard. */
const SILENT_ATTEMPTS = 5;
/** Attempts in five minutes in which perspectives saw different things. */
const DISAGREEMENTS = 5;
/** Seconds that a deadline may wait for the decision. */
const DEADLINE_AGE_S = 120;

/** What is looked at, by alarms and by the dashboard. */
export interface HomeMetrics {
  readonly requests: IMetric;
  readonly serverErrors: IMetric;
  readonly latencyP50: IMetric;
  readonly latencyP99: IMetric;
  readonly valid: IMetric;
  readonly notValid: IMetric;
  readonly disagreements: IMetric;
  readonly deadlineAge: IMetric;
  readonly wakeUpAge: IMetric;
  /** Things that perspectives stored and an honest one would not. */
  readonly suspectResults: IMetric;
  /** By perspective code. */
  readonly silent: ReadonlyMap<string, IMetric>;
}

/** The alarms of the home region. Those of queues and functions come with them. */
export function watchHome(
  scope: Construct,
  props: PartProps,
  { api, decision, deadlines, wakeUps }: HomeFunctions,
  rest: RestApi,
): HomeMetrics {
  const { deployment } = props;
  const period = Duration.minutes(5);
  const inLog = (name: string, pattern: string) => countLines(decision.logGroup, name, pattern);
  /** Of answers that the API decides and of those that the decision ends. Ids of metrics are unique in a graph. */
  const inBoth = (name: string, pattern: string) => {
    const [here, there] = [`api${name}`, `decision${name}`];
    return new MathExpression({
      // Where nothing was decided there is nothing to add to.
      expression: `FILL(${here}, 0) + FILL(${there}, 0)`,
      label: name,
      period,
      usingMetrics: {
        [here]: countLines(api.logGroup, `${name}-api`, pattern),
        [there]: countLines(decision.logGroup, `${name}-decision`, pattern),
      },
    });
  };
  const silent = new Map(
    deployment.perspectives.map(({ code }) => [
      code,
      inLog(`Silent-${code}`, `{ $.event = "perspective_silent" && $.perspective = "${code}" }`),
    ]),
  );
  const metrics: HomeMetrics = {
    requests: rest.metricCount({ period, statistic: 'sum' }),
    serverErrors: rest.metricServerError({ period, statistic: 'avg' }),
    latencyP50: rest.metricLatency({ period, statistic: 'p50' }),
    latencyP99: rest.metricLatency({ period, statistic: 'p99' }),
    valid: inBoth('Valid', '{ $.event = "request_completed" && $.isValid IS TRUE }'),
    notValid: inBoth('NotValid', '{ $.event = "request_completed" && $.isValid IS FALSE }'),
    disagreements: inLog('Disagreements', '{ $.event = "perspectives_disagree" }'),
    deadlineAge: deadlines.metricAge(),
    wakeUpAge: wakeUps.metricAge(),
    suspectResults: inLog(
      'SuspectResults',
      '{ $.event = "result_changed_after_verdict" || $.event = "result_unreadable" || $.event = "wake_up_unreadable" }',
    ),
    silent,
  };
  raiseAlarms(scope, props, metrics);
  return metrics;
}

function raiseAlarms(scope: Construct, props: PartProps, metrics: HomeMetrics): void {
  const { alarm_latency_ms: latencyMs } = props.deployment;
  raiseAlarm(scope, 'ServerErrorsAlarm', props, {
    name: 'server-errors',
    runbook: 'errors',
    says: 'More than one answer in a hundred is a 5xx: callers cannot issue.',
    metric: metrics.serverErrors,
    threshold: ERROR_SHARE,
    periods: 2,
  });
  raiseAlarm(scope, 'LatencyAlarm', props, {
    name: 'latency',
    runbook: 'latency',
    says: `One answer in a hundred takes longer than ${latencyMs} ms.`,
    metric: metrics.latencyP99,
    threshold: latencyMs,
    periods: 3,
  });
  raiseAlarm(scope, 'UnfinishedAlarm', props, {
    name: 'unfinished-requests',
    runbook: 'unfinished-requests',
    says: `Deadlines wait for the decision longer than ${DEADLINE_AGE_S} seconds: requests stay open past them.`,
    metric: metrics.deadlineAge,
    threshold: DEADLINE_AGE_S,
    periods: 2,
  });
  raiseAlarm(scope, 'DisagreementAlarm', props, {
    name: 'disagreement',
    runbook: 'disagreement',
    says: 'Perspectives see different things for the same targets: a change under way, or an attack on routes.',
    metric: metrics.disagreements,
    threshold: DISAGREEMENTS,
  });
  raiseAlarm(scope, 'SuspectResultsAlarm', props, {
    name: 'suspect-results',
    runbook: 'suspect-results',
    says: 'A perspective has stored or sent what nobody can read, or has changed a result after its verdict: it may be compromised.',
    metric: metrics.suspectResults,
    threshold: 1,
  });
  for (const [code, metric] of metrics.silent) {
    raiseAlarm(scope, `SilentAlarm-${code}`, props, {
      name: `silent-${code}`,
      runbook: 'silent-perspective',
      says: `${code} gives no results in time: one more like it and quorums fail.`,
      metric,
      threshold: SILENT_ATTEMPTS,
      periods: 2,
    });
  }
}

/** The age of the oldest job of a perspective, from wherever one looks. */
export function jobAge(queueName: string, region: string): IMetric {
  return new Metric({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateAgeOfOldestMessage',
    dimensionsMap: { QueueName: queueName },
    statistic: 'max',
    period: Duration.minutes(1),
    region,
  });
}

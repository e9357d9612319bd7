import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Deployment } from '../../config/deployment.ts';
import { type HomeMetrics, jobAge } from './watch.ts';

const FULL_WIDTH = 24;
const HALF_WIDTH = 12;

/** One page that answers "is issuance at risk now?", the answer on top and the reasons below it. */
export function createDashboard(
  scope: Construct,
  deployment: Deployment,
  metrics: HomeMetrics,
  alarms: readonly IAlarm[],
): void {
  const { names, perspectives } = deployment;
  const width = HALF_WIDTH;
  new Dashboard(scope, 'Dashboard', {
    dashboardName: names.dashboard,
    widgets: [
      [
        new TextWidget({
          markdown: `# Is issuance at risk now?\nNot while everything in the next row is green. What each alarm means and what to do: ${deployment.runbook_url ?? 'docs/runbook.md'}`,
          width: FULL_WIDTH,
          height: 2,
        }),
      ],
      [
        new AlarmStatusWidget({
          title: 'Alarms of the home region',
          alarms: [...alarms],
          width: FULL_WIDTH,
          height: 4,
        }),
      ],
      [
        new SingleValueWidget({
          title: 'Requests, valid, not valid',
          metrics: [metrics.requests, metrics.valid, metrics.notValid],
          width,
        }),
        new SingleValueWidget({
          title: 'Latency, p50 and p99 (ms)',
          metrics: [metrics.latencyP50, metrics.latencyP99],
          width,
        }),
      ],
      [
        new GraphWidget({
          title: 'Verdicts',
          left: [metrics.valid, metrics.notValid],
          right: [metrics.serverErrors],
          width,
        }),
        new GraphWidget({ title: 'Latency (ms)', left: [metrics.latencyP50, metrics.latencyP99], width }),
      ],
      [
        new GraphWidget({ title: 'Silent perspectives', left: [...metrics.silent.values()], width }),
        new GraphWidget({
          title: 'Disagreements, suspect results',
          left: [metrics.disagreements, metrics.suspectResults],
          width,
        }),
      ],
      [
        new GraphWidget({
          title: 'Oldest job of each perspective (s)',
          left: perspectives.map(({ code, region }) => jobAge(names.jobQueue(code), region)),
          width,
        }),
        new GraphWidget({
          title: 'Oldest message for the decision (s)',
          left: [metrics.deadlineAge, metrics.wakeUpAge],
          width,
        }),
      ],
    ],
  });
}

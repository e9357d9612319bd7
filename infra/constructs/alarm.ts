import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import type { PartProps } from './scope.ts';

/** The sections of docs/runbook.md, by their anchors: every alarm has one. */
export const RUNBOOK_SECTIONS = [
  'dead-letters',
  'silent-perspective',
  'errors',
  'latency',
  'throttles',
  'unfinished-requests',
  'disagreement',
  'suspect-results',
  'resolver-failed',
] as const;

export interface AlarmPlan {
  /** Behind the name of the deployment. */
  readonly name: string;
  readonly runbook: (typeof RUNBOOK_SECTIONS)[number];
  /** What it means, in a sentence for whoever is woken. */
  readonly says: string;
  readonly metric: IMetric;
  /** Reached or passed: alarm. */
  readonly threshold: number;
  /** Periods in a row, one when left out. */
  readonly periods?: number;
}

/** An alarm that says what it means and where to read on, and tells the topic of its region when it goes off and when it is over. */
export function raiseAlarm(
  scope: Construct,
  id: string,
  { deployment, alarmTopic }: PartProps,
  plan: AlarmPlan,
): Alarm {
  const alarm = new Alarm(scope, id, {
    alarmName: deployment.names.alarm(plan.name),
    alarmDescription: `${plan.says} Runbook: ${deployment.runbook_url ?? 'docs/runbook.md'}#${plan.runbook}`,
    metric: plan.metric,
    threshold: plan.threshold,
    evaluationPeriods: plan.periods ?? 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const action = new SnsAction(alarmTopic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}

import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';

const NAMESPACE = 'MPIC';

/** How many lines of a log match, as a metric: the functions need no right to write metrics, and no call waits for one. */
export function countLines(
  logGroup: LogGroup,
  name: string,
  pattern: string,
  period = Duration.minutes(5),
): Metric {
  const filter = new MetricFilter(logGroup, name, {
    logGroup,
    metricNamespace: `${NAMESPACE}/${logGroup.stack.stackName}`,
    metricName: name,
    filterPattern: FilterPattern.literal(pattern),
    metricValue: '1',
  });
  return filter.metric({ statistic: 'sum', period });
}

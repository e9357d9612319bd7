/**
 * One line about an error of the SDK or of a handler, for messages and the log.
 *
 * Errors of the SDK are never passed on as `cause`: they hold the whole exchange, the session token of its signature
 * included, and whoever logs a cause would log that.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const awsRequestId = requestIdOf(error);
  return `${error.name}: ${error.message}${awsRequestId === null ? '' : ` (request ${awsRequestId})`}`;
}

function requestIdOf(error: Error): string | null {
  const metadata = '$metadata' in error ? error.$metadata : null;
  const id =
    typeof metadata === 'object' && metadata !== null && 'requestId' in metadata ? metadata.requestId : null;
  return typeof id === 'string' ? id : null;
}

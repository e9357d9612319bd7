/**
 * Describe an error of the SDK or of a handler in one line, for messages and the log.
 *
 * Never pass an SDK error on as `cause`: it contains the whole exchange, including the session token of its signature,
 * and a logged cause would expose that.
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

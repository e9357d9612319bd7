export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: an event name in snake_case and its fields. Never contains challenge values or keys. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** An error in one line for a log, with its cause: what failed, and why. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

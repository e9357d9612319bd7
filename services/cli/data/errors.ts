/** The command line asks for something that cannot be meant. The message is a sentence that says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command cannot do what it was asked for. The message is a sentence for the operator, without secrets. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}

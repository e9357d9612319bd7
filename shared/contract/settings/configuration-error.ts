/** What is wrong with the configuration, one sentence each. The process does not start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Of sentences and when each is true, those that are. */
export function applying(sentences: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(sentences).filter((sentence) => sentences[sentence]);
}

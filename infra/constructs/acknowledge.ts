import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accept findings of the rules that run in synth, each with its reason; whatever is not accepted here stops the synth. */
export function acknowledge(construct: IConstruct, findings: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(findings).map(([id, reason]) => ({ id, reason })));
}

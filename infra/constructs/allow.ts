import { type Conditions, Effect, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';

/** Permission for exactly these actions on exactly these resources. */
export function allow(
  actions: readonly string[],
  resources: string | readonly string[],
  conditions?: Conditions,
): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: typeof resources === 'string' ? [resources] : [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });
}

/** For resource policies: nobody, by any way but TLS (TLS BR 3.2.2.9 [mpic]: an encrypted channel). */
export function denyWithoutTls(actions: string, resources: string | readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'OnlyOverTls',
    effect: Effect.DENY,
    principals: [new StarPrincipal()],
    actions: [actions],
    resources: typeof resources === 'string' ? [resources] : [...resources],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });
}

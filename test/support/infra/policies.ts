import { memberAt, ofType, type Properties, type Resource, type SynthesisedStack } from './template.ts';

/** One statement of a policy, with lists where IAM accepts a string or a list. */
export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Properties;
  /** Service, account or `*`; null in the policy of a role. */
  readonly principal: string | null;
}

export function statementsOf(document: unknown): readonly Statement[] {
  const { Statement: list } = document as { readonly Statement: Properties | readonly Properties[] };
  return [list].flat().map((raw) => ({
    effect: String(raw.Effect),
    actions: texts(raw.Action),
    resources: texts(raw.Resource),
    condition: (raw.Condition ?? {}) as Properties,
    principal: toPrincipal(raw.Principal),
  }));
}

/** The statements of each role of a stack, by role name; `managed` lists its AWS managed policies. */
export function rolesOf(stack: SynthesisedStack) {
  return ofType(stack, 'AWS::IAM::Role').map((role) => ({
    name: role.ref,
    trusts: statementsOf(role.properties.AssumeRolePolicyDocument),
    managed: texts(role.properties.ManagedPolicyArns),
    statements: policiesOf(stack, role).flatMap(({ properties }) => statementsOf(properties.PolicyDocument)),
  }));
}

function policiesOf(stack: SynthesisedStack, { ref }: Resource): readonly Resource[] {
  return ofType(stack, 'AWS::IAM::Policy').filter(({ properties }) => texts(properties.Roles).includes(ref));
}

/** `<action> on <resource>` for all permissions of the role, sorted. */
export function grantsOf(stack: SynthesisedStack, roleName: string): readonly string[] {
  const role = rolesOf(stack).find(({ name }) => name === roleName);
  if (role === undefined) throw new Error(`${stack.name} has no role ${roleName}`);
  return [
    ...new Set(
      role.statements.flatMap(({ actions, resources }) =>
        actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}`)),
      ),
    ),
  ].sort();
}

/** Whether a policy denies every request without TLS. */
export function refusesWithoutTls(policy: unknown, resource: string): boolean {
  return (
    policy !== undefined &&
    statementsOf(policy).some(
      ({ effect, principal, resources, condition }) =>
        effect === 'Deny' &&
        principal === '*' &&
        resources.includes(resource) &&
        JSON.stringify(condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
    )
  );
}

function texts(value: unknown): readonly string[] {
  return value === undefined ? [] : [value].flat().map(String);
}

function toPrincipal(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  return String(Object.values(value as Properties)[0]);
}

type FindPolicy = (stack: SynthesisedStack, owner: Resource) => unknown;

/** The policy resource of a type whose member names its owner, alone or in a list. */
const naming =
  (type: string, owners: string, document: string): FindPolicy =>
  (stack, { ref }) =>
    ofType(stack, type).find(({ properties }) => [properties[owners]].flat().includes(ref))?.properties[
      document
    ];

/** How to find the policy of each kind of resource with data. */
const POLICY_OF: Readonly<Record<string, FindPolicy>> = {
  'AWS::DynamoDB::Table': (_, { properties }) => memberAt(properties, 'ResourcePolicy.PolicyDocument'),
  'AWS::Events::EventBus': (stack, owner) => ({
    Statement: naming('AWS::Events::EventBusPolicy', 'EventBusName', 'Statement')(stack, owner),
  }),
  'AWS::S3::Bucket': naming('AWS::S3::BucketPolicy', 'Bucket', 'PolicyDocument'),
  'AWS::SNS::Topic': naming('AWS::SNS::TopicPolicy', 'Topics', 'PolicyDocument'),
  'AWS::SQS::Queue': naming('AWS::SQS::QueuePolicy', 'Queues', 'PolicyDocument'),
  'AWS::SecretsManager::Secret': naming('AWS::SecretsManager::ResourcePolicy', 'SecretId', 'ResourcePolicy'),
};

/** Every resource with data, and its policy; undefined if it has none. */
export function guardedIn(stacks: readonly SynthesisedStack[]) {
  return stacks.flatMap((stack) =>
    stack.resources
      .filter(({ type }) => type in POLICY_OF)
      .map((owner) => ({ owner, policy: POLICY_OF[owner.type]?.(stack, owner) })),
  );
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack, TagManager, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Deployment } from '../../../infra/config/deployment.ts';
import { createStacks } from '../../../infra/stacks/create-stacks.ts';
import { parseExample, VARIANTS, type VariantName } from './deployments.ts';
import { type Properties, readStack, type SynthesisedStack } from './template.ts';

export interface Synthesis {
  readonly deployment: Deployment;
  readonly stacks: readonly SynthesisedStack[];
  readonly home: SynthesisedStack;
  /** By perspective code. */
  readonly perspectives: ReadonlyMap<string, SynthesisedStack>;
  /** Rule and construct of every finding of the checks; null if the checks did not run. */
  readonly findings: readonly string[] | null;
  /** Logical ids of resources that can have tags, by stack name. */
  readonly taggable: ReadonlyMap<string, readonly string[]>;
}

/** The checks take seconds to load and find the same in every test file. */
export type Checks = 'checked' | 'unchecked';

const made = new Map<string, Synthesis>();

/** The templates of a variant, synthesised once per test file. */
export function synthesise(variant: VariantName, checks: Checks = 'unchecked'): Synthesis {
  const key = `${variant}, ${checks}`;
  const before = made.get(key);
  if (before !== undefined) return before;
  const synthesis = synthesiseDeployment(parseExample(VARIANTS[variant]), checks);
  made.set(key, synthesis);
  return synthesis;
}

/** Synthesises as infra/app.ts does. */
export function synthesiseDeployment(deployment: Deployment, checks: Checks): Synthesis {
  const isChecked = checks === 'checked';
  // Test files run concurrently, so each needs its own folder for packaging.
  const folder = mkdtempSync(join(tmpdir(), 'mpic-synth-'));
  const outdir = join(folder, 'out');
  try {
    const app = new App({ outdir, context: readContext(), builtinCloudFormationValidation: isChecked });
    const { home, perspectives } = createStacks(app, deployment, join(folder, 'packaged'));
    Tags.of(app).add('mpic:deployment', deployment.name);
    for (const [key, value] of Object.entries(deployment.tags)) Tags.of(app).add(key, value);
    if (isChecked) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const findings = isChecked ? runChecked(app, outdir) : runUnchecked(app);
    const read = (stack: Stack) => readStack(stack, readJson(join(outdir, stack.templateFile)));
    const byCode = new Map([...perspectives].map(([code, stack]) => [code, read(stack)]));
    const homeStack = read(home);
    return {
      deployment,
      home: homeStack,
      perspectives: byCode,
      stacks: [homeStack, ...byCode.values()],
      findings,
      taggable: new Map(
        [home, ...perspectives.values()].map((stack) => [stack.stackName, idsOfTaggable(stack)]),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

function runUnchecked(app: App): null {
  app.synth();
  return null;
}

/** A finding makes the synthesis throw after all files have been written. */
function runChecked(app: App, outdir: string): readonly string[] {
  let failure: unknown = null;
  try {
    app.synth();
  } catch (error) {
    failure = error;
  }
  const { pluginReports } = readJson(join(outdir, 'validation-report.json')) as unknown as Report;
  const findings = pluginReports
    .flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
  if (failure !== null && findings.length === 0) throw failure;
  return findings;
}

function readContext(): Properties {
  return (readJson('cdk.json') as { readonly context: Properties }).context;
}

function readJson(path: string): Properties {
  return JSON.parse(readFileSync(path, 'utf8')) as Properties;
}

function idsOfTaggable(stack: Stack): readonly string[] {
  return stack.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct))
    .filter((resource) => TagManager.of(resource) !== undefined)
    .map((resource) => Stack.of(resource).resolve(resource.logicalId) as string);
}

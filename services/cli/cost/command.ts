import type { Command } from 'commander';
import * as z from 'zod';
import { type Deployment, readDeployment } from '../../../infra/config/deployment.ts';
import { define, EXIT, type Io, type OptionSpec, option } from '../shell/command.ts';
import { listOf, numberFrom, region, toggle } from '../shell/values.ts';
import { boundsOf, DEFAULT_INPUTS, INPUT_NAMES, INPUTS, type InputName, type Inputs } from './inputs.ts';
import { renderJson, renderText } from './report.ts';

const DAYS_PER_MONTH = 365 / 12;

const describeInput = (name: InputName): OptionSpec<z.ZodType<number | undefined>> => {
  const { value, unit, meaning } = INPUTS[name];
  const { least, most } = boundsOf(name);
  return option('<n>', `${meaning}; ${value} ${unit}`.trim(), numberFrom(least, most).optional());
};

const OPTIONS = {
  config: option(
    '<file>',
    'mpic.config.json of a deployment: regions, memory sizes, retention, ...',
    z.string().optional(),
  ),
  home: option('<region>', `home region; ${DEFAULT_INPUTS.home}`, region.optional()),
  regions: option(
    '<list>',
    'regions of the perspectives; those of a service without configuration',
    listOf(region).optional(),
  ),
  json: option('', 'everything as JSON, prices and their sources included', toggle),
  ...(Object.fromEntries(INPUT_NAMES.map((name) => [name, describeInput(name)])) as Record<
    InputName,
    ReturnType<typeof describeInput>
  >),
};

/** `mpic cost`: what a deployment costs in a month, from a formula whose inputs are shown. */
export function defineCommand(command: Command, io: Io): void {
  command.description(
    'Estimate what a deployment costs in a month, idle and for a million requests. Asks neither AWS nor the network.',
  );
  const examples = [
    'mpic cost --config mpic.config.json --requests-per-month 100000',
    'mpic cost --async-share 1 --json',
  ];
  define(command, OPTIONS, examples, ({ config, json, ...given }) => {
    const configured = config === undefined ? {} : inputsOf(readDeployment(config, new Date(io.clock.now())));
    const inputs = { ...DEFAULT_INPUTS, ...configured, ...withoutUndefined(given) };
    io.out(json ? renderJson(inputs) : renderText(inputs));
    return EXIT.ok;
  });
}

function withoutUndefined(
  given: { readonly [Name in keyof Inputs]?: Inputs[Name] | undefined },
): Partial<Inputs> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * What a deployment's own configuration says of the inputs. Perspectives that run as workers cost what their hosts cost,
 * which nobody here knows; they are counted as functions.
 */
export function inputsOf(deployment: Deployment): Partial<Inputs> {
  const { functions, retention, warmers } = deployment;
  return {
    home: deployment.home_region,
    regions: deployment.perspectives.map(({ region }) => region),
    apiMemoryMb: functions.api_memory_mb,
    decisionMemoryMb: functions.decision_memory_mb,
    perspectiveMemoryMb: functions.perspective_memory_mb,
    provisionedApi: functions.provisioned_api,
    provisionedPerspective: functions.provisioned_perspective,
    provisionedPollers: functions.provisioned_pollers,
    warmInstances: warmers.instances,
    warmMinutes: warmers.every_minutes,
    auditMonths: retention.audit_days / DAYS_PER_MONTH,
    logMonths: retention.log_days / DAYS_PER_MONTH,
    archiveMonths: retention.event_archive_days / DAYS_PER_MONTH,
    customerKeys: deployment.encryption === 'customer-managed' ? 1 : 0,
  };
}

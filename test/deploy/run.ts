import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAwsAccess } from './aws-access.ts';
import { demandAll } from './checks/answers.ts';
import { DEAD_LETTER_CHECKS, sendGarbage } from './checks/dead-letters.ts';
import { CHECKS } from './checks/list.ts';
import { childEnvironment } from './child-environment.ts';
import type { Cleanup } from './cleanup.ts';
import { describeCode } from './code-size.ts';
import { type Commands, createCommands } from './commands.ts';
import { planDeployment } from './deployment-file.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { findApi } from './find-api.ts';
import { listResources } from './left-behind.ts';
import type { ProcessGroups } from './process-groups.ts';
import { checkRedeployment } from './redeploy.ts';
import type { Report } from './report.ts';
import { describeTakenOut, type StrippedApp, stripTemplates } from './templates.ts';
import { installTools } from './tools.ts';
import { verifyService } from './verify-service.ts';
import type { WorkFolder } from './work-folder.ts';
import { demand, type World } from './world.ts';
import { PERMITTED, startResolvers } from './zone.ts';

export interface RunParts {
  readonly report: Report;
  readonly groups: ProcessGroups;
  readonly folder: WorkFolder;
  readonly cleanup: Cleanup;
}

/** What is deployed, and the commands that do it. */
interface Site {
  readonly emulator: Emulator;
  readonly env: NodeJS.ProcessEnv;
  readonly commands: Commands;
  readonly deployment: World['deployment'];
  synthesise(): Promise<StrippedApp>;
  deploy(): Promise<void>;
  /** Ends with what the command wrote. */
  destroy(): Promise<string>;
  /** Have the next synthesis be that of a changed setting, one that only the functions of the home region have. */
  changeSetting(): Promise<void>;
}

/** Waits of the decision for stragglers, before and after the change: long, for functions start slowly on a busy machine. */
const LINGER_MS = 1_000;
const CHANGED_LINGER_MS = 900;

/** From nothing to a service that was checked, and back to nothing. */
export async function runDeployment(parts: RunParts): Promise<void> {
  const { report } = parts;
  const checkout = await readdir('.');
  const site = await prepareSite(parts);
  await report.step('bootstrap', async () => void (await site.commands.mpic('deployment', 'bootstrap')));
  const app = await report.step('synth', site.synthesise);
  for (const sentence of describeTakenOut(app)) report.note(sentence);
  report.note(describeKept(app));
  await report.step('deploy', site.deploy);
  await checkService(parts, site);
  await takeAway(parts, site, checkout);
}

async function prepareSite({ report, groups, folder, cleanup }: RunParts): Promise<Site> {
  const resolvers = await startResolvers(cleanup);
  const tools = await report.step('install', () => installTools(groups, folder));
  const emulator = await report.step('emulator', () => startEmulator(groups, folder, tools));
  cleanup.add(emulator.stop);
  const { deployment, path } = await planDeployment(folder, resolvers, LINGER_MS);
  const env = { ...childEnvironment(emulator, folder), MPIC_DEPLOYMENT: path };
  const commands = createCommands(groups, env);
  const app = join(folder.path, 'cdk.out');
  return {
    emulator,
    env,
    commands,
    deployment,
    async synthesise() {
      await commands.cdk('synth', '--quiet', '--output', app);
      return stripTemplates(app);
    },
    deploy: () =>
      commands.cdk('-a', app, 'deploy', '--all', '--require-approval', 'never', '--concurrency', '4'),
    destroy: () => commands.mpic('deployment', 'destroy', '--yes'),
    changeSetting: async () => void (await planDeployment(folder, resolvers, CHANGED_LINGER_MS)),
  };
}

async function checkService({ report, groups, cleanup }: RunParts, site: Site): Promise<void> {
  const api = await findApi(site.commands, site.emulator, cleanup);
  const world: World = { deployment: site.deployment, api, aws: createAwsAccess(site.emulator) };
  report.note(await describeCode(world));
  await report.step('first request', () =>
    report.check(
      'the first request, to functions that have not run yet, is answered by all perspectives',
      async () => demandAll(await api.checkCaa(PERMITTED)),
    ),
  );
  await sendGarbage(world);
  await report.step('verify', () => verifyService(groups, site.env, api, report));
  await report.step('checks', async () => {
    for (const { sentence, run } of CHECKS) await report.check(sentence, () => run(world));
    await report.check('a changed setting makes new versions, and the aliases move to them', () =>
      checkRedeployment(world, async () => {
        await site.changeSetting();
        await site.synthesise();
        await site.deploy();
      }),
    );
    for (const { sentence, run } of DEAD_LETTER_CHECKS) await report.check(sentence, () => run(world));
  });
}

/** @param checkout what lay in the folder of the project before. */
async function takeAway(
  { report, groups, folder, cleanup }: RunParts,
  site: Site,
  checkout: readonly string[],
): Promise<void> {
  const { home_region: home, name, perspectives } = site.deployment;
  const regions = [...new Set([home, ...perspectives.map(({ region }) => region)])];
  const look = () => listResources(site.emulator, name, regions);
  const before = await look();
  const said = await report.step('destroy', site.destroy);
  await report.step('left behind', async () => {
    await report.check('the audit bucket was emptied before it was destroyed', async () => {
      const [, count = '0'] = /: (\d+) audit objects deleted$/m.exec(said) ?? [];
      demand(Number(count) > 0, 'the command deleted none');
      return `${count} objects`;
    });
    await report.check(
      'no resource of ours is left in any region, of every kind that was there before',
      async () => {
        const unseen = before.filter((found) => found.regions.length === 0).map(({ kind }) => kind);
        demand(unseen.length === 0, `not seen while they were there: ${unseen.join(', ')}`);
        const left = (await look()).filter((found) => found.regions.length > 0);
        const list = left.map((found) => `${found.kind} in ${found.regions.join(', ')}`);
        demand(list.length === 0, list.join('; '));
        return `${before.length} kinds, ${regions.length} regions`;
      },
    );
    await report.check('no process and no file of ours is left', async () => {
      const problems = await cleanup.run();
      demand(problems.length === 0, problems.join('; '));
      demand(groups.listAlive().length === 0, `processes ${groups.listAlive().join(', ')}`);
      demand(!existsSync(folder.path), `${folder.path} is there`);
      const added = (await readdir('.')).filter((name) => !checkout.includes(name));
      demand(added.length === 0, `new in the folder of the project: ${added.join(', ')}`);
      return undefined;
    });
  });
}

function describeKept({ kept }: StrippedApp): string {
  const count = [...kept.values()].reduce((sum, one) => sum + one, 0);
  return `to be deployed: ${count} resources of ${kept.size} types`;
}

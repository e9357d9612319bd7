import { GetAliasCommand } from '@aws-sdk/client-lambda';
import { LIVE_ALIAS } from '../../infra/config/names.ts';
import { demandAll } from './checks/answers.ts';
import { listFunctions } from './checks/function-events.ts';
import { demand, type World } from './world.ts';
import { PERMITTED } from './zone.ts';

/** The version behind the alias of each function. */
async function readVersions(world: World): Promise<ReadonlyMap<string, string>> {
  const versions = listFunctions(world).map(async ({ region, name }) => {
    const { FunctionVersion = '' } = await world.aws
      .lambda(region)
      .send(new GetAliasCommand({ FunctionName: name, Name: LIVE_ALIAS }));
    return [name, FunctionVersion] as const;
  });
  return new Map(await Promise.all(versions));
}

/** Deploy again with a setting that only the functions of the home region have: they get a new version, the others keep theirs. */
export async function checkRedeployment(world: World, deployAgain: () => Promise<void>): Promise<string> {
  const before = await readVersions(world);
  await deployAgain();
  const after = await readVersions(world);
  const moved = [...after].filter(([name, version]) => version !== before.get(name)).map(([name]) => name);
  const { names } = world.deployment;
  const expected = ['api', 'decision'].map((what) => names.function(what));
  demand(moved.sort().join() === expected.sort().join(), `moved: ${moved.join(', ') || 'none'}`);
  demandAll(await world.api.checkCaa(PERMITTED));
  return moved.map((name) => `${name} ${before.get(name)} to ${after.get(name)}`).join(', ');
}

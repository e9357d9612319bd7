import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
    }),
  ),
});

type Template = z.infer<typeof templateSchema>;

/** Types that the emulator refuses and that no setting of ours turns off, each with what it is for. */
const UNKNOWN_TYPES: ReadonlyMap<string, string> = new Map([
  ['AWS::Events::EventBusPolicy', 'the bus takes events over TLS only'],
  ['AWS::SecretsManager::ResourcePolicy', 'the secret is told over TLS only'],
]);

/** How many resources of each type a synthesised app has. */
export type TypeCounts = ReadonlyMap<string, number>;

export interface StrippedApp {
  readonly kept: TypeCounts;
  readonly takenOut: TypeCounts;
}

/** Take out of a synthesised app, where it lies, what the emulator does not know. */
export async function stripTemplates(folder: string): Promise<StrippedApp> {
  const [kept, takenOut] = [new Map<string, number>(), new Map<string, number>()];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.template.json'));
  for (const name of names) {
    const path = join(folder, name);
    const template = templateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    for (const { Type } of Object.values(template.Resources))
      increment(UNKNOWN_TYPES.has(Type) ? takenOut : kept, Type);
    await writeFile(path, JSON.stringify(stripTemplate(template)));
  }
  return { kept, takenOut };
}

function stripTemplate(template: Template): Template {
  const resources = Object.entries(template.Resources).filter(([, { Type }]) => !UNKNOWN_TYPES.has(Type));
  const ids = new Set(resources.map(([id]) => id));
  const withoutDangling = resources.map(([id, { DependsOn, ...resource }]) => {
    const left = [DependsOn ?? []].flat().filter((name) => ids.has(name));
    return [id, left.length === 0 ? resource : { ...resource, DependsOn: left }] as const;
  });
  return { ...template, Resources: Object.fromEntries(withoutDangling) };
}

/** One sentence for each type that was taken out. */
export function describeTakenOut({ takenOut }: StrippedApp): readonly string[] {
  return [...takenOut].map(
    ([type, count]) =>
      `taken out, for the emulator does not know it: ${count} ${type} (${UNKNOWN_TYPES.get(type)}). This is asserted on the template only.`,
  );
}

function increment(counts: Map<string, number>, type: string): void {
  counts.set(type, (counts.get(type) ?? 0) + 1);
}

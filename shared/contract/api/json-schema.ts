import * as z from 'zod';

/** A JSON Schema of the draft 2020-12, as OpenAPI 3.1 and `docs/schemas` have them. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

type Options = NonNullable<Parameters<typeof z.toJSONSchema>[1]>;

/** What is sent to us: defaults may be left out. */
const READ = {
  io: 'input',
  override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
} as const satisfies Options;

/** What we send: everything is there, and a later version may say more. */
const WRITTEN = {
  io: 'output',
  override({ jsonSchema }) {
    delete jsonSchema.readOnly;
    if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  },
} as const satisfies Options;

/** The JSON Schema of something that is sent to the service. */
export function readSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { ...READ, reused: 'ref' });
}

/** The JSON Schema of something that the service sends. */
export function writtenSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { ...WRITTEN, reused: 'ref' });
}

/** Schemas by the names under which others refer to them. */
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/**
 * JSON Schemas of all that is named, which refer to each other as components of one OpenAPI document.
 *
 * @param side `read` for what is sent to the service, `written` for what it sends.
 */
export function componentSchemas(side: 'read' | 'written', named: NamedSchemas): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    ...(side === 'read' ? READ : WRITTEN),
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema as JsonSchema]),
  );
}

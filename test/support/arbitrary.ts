import fc from 'fast-check';
import * as z from 'zod';

/**
 * Generates values that `schema` accepts, for schemas of plain data; texts match the pattern of the schema if it has
 * one.
 */
export function arbitraryOf<Schema extends z.ZodType>(schema: Schema): fc.Arbitrary<z.output<Schema>> {
  return anyOf(schema).filter((value) => schema.safeParse(value).success) as fc.Arbitrary<z.output<Schema>>;
}

function anyOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodOptional) return fc.option(anyOf(inner(schema)), { nil: undefined });
  if (schema instanceof z.ZodNullable) return fc.option(anyOf(inner(schema)), { nil: null });
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodDefault) return anyOf(inner(schema));
  if (schema instanceof z.ZodArray) {
    const { element } = schema as z.ZodArray<z.ZodType>;
    return fc.array(anyOf(element), { maxLength: 3 });
  }
  if (schema instanceof z.ZodRecord) return fc.dictionary(fc.stringMatching(/^[A-Za-z-]{1,9}$/), fc.string());
  if (schema instanceof z.ZodUnion) {
    const options = (schema.options as z.ZodType[]).filter((option) => !(option instanceof z.ZodPipe));
    return fc.oneof(...options.map(anyOf));
  }
  if (schema instanceof z.ZodObject) {
    const members = Object.entries<z.ZodType>(schema.shape).map(([name, member]) => [name, anyOf(member)]);
    const present = fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>);
    return present.map((value) =>
      Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)),
    );
  }
  if (schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) {
    const values = schema instanceof z.ZodEnum ? schema.options : [...schema.values];
    return fc.constantFrom<unknown>(...values);
  }
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) return anyNumber(schema);
  if (schema instanceof z.ZodString) {
    const pattern = [...(schema._zod.bag.patterns ?? [])][0];
    return pattern === undefined ? fc.string({ maxLength: 20 }) : fc.stringMatching(pattern);
  }
  throw new Error(`no values for a schema of type ${schema.type}`);
}

function inner(schema: z.ZodType): z.ZodType {
  return (schema as z.ZodOptional<z.ZodType>).def.innerType;
}

function anyNumber({ minValue, maxValue }: z.ZodNumber): fc.Arbitrary<number> {
  return fc.integer({ min: minValue ?? 0, max: Math.min(maxValue ?? 1e9, 8.64e15) });
}

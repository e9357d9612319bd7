import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

/** An item with the types of its attributes, as it lies in the table: a copy keeps each digit of a number. */
export type TypedItem = Readonly<Record<string, AttributeValue>>;

/**
 * An item as one line of DynamoDB JSON. Attributes and sets are sorted, so that equal items give equal text, and binary
 * values are base64, as on the wire of the service.
 */
export function itemToJson(item: TypedItem): string {
  return JSON.stringify(canonicalMap(item));
}

/** The item in a line of DynamoDB JSON, or null when the text is none. */
export function itemFromJson(text: string): TypedItem | null {
  try {
    const parsed = itemSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function canonicalMap(map: TypedItem): Record<string, unknown> {
  const names = Object.keys(map).sort();
  return Object.fromEntries(names.map((name) => [name, canonical(map[name])]));
}

function canonical(value: AttributeValue | undefined): unknown {
  if (value?.M !== undefined) return { M: canonicalMap(value.M) };
  if (value?.L !== undefined) return { L: value.L.map(canonical) };
  if (value?.SS !== undefined) return { SS: [...value.SS].sort() };
  if (value?.NS !== undefined) return { NS: [...value.NS].sort() };
  if (value?.B !== undefined) return { B: toBase64(value.B) };
  if (value?.BS !== undefined) return { BS: value.BS.map(toBase64).sort() };
  return value;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

const number = z.string().regex(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/);
const binary = z.base64().transform((text): Uint8Array => new Uint8Array(Buffer.from(text, 'base64')));

/** One member each: its name is the type. The frequent ones first. */
const attribute: z.ZodType<AttributeValue> = z.union([
  z.strictObject({ S: z.string() }),
  z.strictObject({ N: number }),
  z.strictObject({ BOOL: z.boolean() }),
  z.strictObject({ L: z.array(z.lazy(() => attribute)) }),
  z.strictObject({
    M: z.record(
      z.string(),
      z.lazy(() => attribute),
    ),
  }),
  z.strictObject({ NULL: z.literal(true) }),
  z.strictObject({ SS: z.array(z.string()) }),
  z.strictObject({ NS: z.array(number) }),
  z.strictObject({ B: binary }),
  z.strictObject({ BS: z.array(binary) }),
]);

const itemSchema: z.ZodType<TypedItem> = z.record(z.string(), attribute);

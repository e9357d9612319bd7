import * as z from 'zod';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { UsageError } from './command.ts';

/** RFC 9110 section 5.5, without spaces: anything else cannot be sent in a header. */
const SENDABLE_KEY = /^[\x21-\x7e]+$/;

/** Base URL of a service without a final slash. No message holds the value: it may be a key that slipped from its place. */
export const baseUrl = z
  .string()
  .refine(isBase, 'is not an http or https URL without user, query and fragment')
  .transform((text) => new URL(text).href.replace(/\/+$/, ''));

function isBase(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return `${url.username}${url.password}${url.search}${url.hash}` === '';
}

/** An API key as it can be sent; null for none. @throws UsageError that names its place and never holds the key. */
export function parseKey(place: string, text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (!SENDABLE_KEY.test(text))
    throw new UsageError(`${place} holds something else than visible ASCII characters`);
  return text;
}

/** The code of an AWS region. */
export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, {
  error: ({ input }) => `${quoteInput(String(input))} is not the code of a region, such as eu-central-1`,
});

/** A switch, which is off unless it is given. */
export const toggle = z.boolean().default(false);

/** A number from `least` to `most`. */
export function numberFrom(least: number, most: number) {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const isWanted = (text: string) => text.trim() !== '' && Number(text) >= least && Number(text) <= most;
  return z
    .string()
    .refine(isWanted, { error: ({ input }) => `${quoteInput(String(input))} is not a number ${range}` })
    .transform(Number);
}

/** A list with commas between its items, each of which `item` accepts. */
export function listOf<Item>(item: z.ZodType<Item, string>) {
  return z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(item));
}

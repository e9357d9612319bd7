/** The part of tr46 6.0.0 that is used; the package has no types. */
declare module 'tr46' {
  export interface Options {
    readonly checkHyphens: boolean;
    readonly checkBidi: boolean;
    readonly checkJoiners: boolean;
    readonly useSTD3ASCIIRules: boolean;
    readonly verifyDNSLength?: boolean;
    readonly transitionalProcessing: boolean;
  }

  /** A-label form, or null if a rule is violated. */
  export function toASCII(domainName: string, options: Options): string | null;
  /** U-label form after mapping; `error` is true if a rule is violated. */
  export function toUnicode(domainName: string, options: Options): { domain: string; error: boolean };
}

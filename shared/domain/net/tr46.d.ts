/** The part of tr46 6.0.0 in use; the package comes without types. */
declare module 'tr46' {
  export interface Options {
    readonly checkHyphens: boolean;
    readonly checkBidi: boolean;
    readonly checkJoiners: boolean;
    readonly useSTD3ASCIIRules: boolean;
    readonly verifyDNSLength?: boolean;
    readonly transitionalProcessing: boolean;
  }

  /** A-label form, or null when a rule is broken. */
  export function toASCII(domainName: string, options: Options): string | null;
  /** U-label form after mapping; `error` tells that a rule is broken. */
  export function toUnicode(domainName: string, options: Options): { domain: string; error: boolean };
}

/** This machine lacks something that the run needs: nothing was tried, so nothing failed. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

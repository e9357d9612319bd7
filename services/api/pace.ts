/**
 * Takes up waiting requests a few at a time: `perTurn` for each turn of the event loop.
 *
 * When many arrive together and the processor is what they wait for, those that run are finished before more are begun.
 * Each is answered sooner, and less of them is alive at the same time, which spares the garbage collector a good part
 * of its work. Where the network is what they wait for, turns are short and nobody notices.
 */
export function createPace(perTurn: number): () => Promise<void> {
  const waiting: (() => void)[] = [];

  function takeUp(): void {
    for (const begin of waiting.splice(0, perTurn)) begin();
    if (waiting.length > 0) setImmediate(takeUp);
  }

  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(takeUp);
    });
}

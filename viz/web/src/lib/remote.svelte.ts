import { Problem } from './client';
import { ready } from './router.svelte';

/** One answer of the server on its way to a page: not yet, here, or refused. */
export class Remote<A> {
  value = $state.raw<A>();
  problem = $state.raw<Problem>();
  busy = $state(false);
  private turn = 0;

  /** Ask; a later question wins over an earlier one that answers late. */
  async ask(question: () => Promise<A>): Promise<A | undefined> {
    const turn = ++this.turn;
    this.busy = true;
    this.problem = undefined;
    try {
      const value = await question();
      if (turn === this.turn) this.value = value;
      return value;
    } catch (error) {
      if (turn === this.turn) this.problem = error instanceof Problem ? error : new Problem(500, 'error', String(error));
      return undefined;
    } finally {
      if (turn === this.turn) { this.busy = false; ready(); }
    }
  }
}

/** One run of an analysis: started, watched by server-sent events, cancelled. */
import { analyses, Problem } from './client';
import { percent, say, t } from './i18n.svelte';
import { app, tell } from './state.svelte';
import type { Run } from './types';

export class Watch {
  run = $state.raw<Run>();
  problem = $state.raw<Problem>();
  private source: EventSource | undefined;
  private told = -1;
  readonly busy = $derived(this.run?.state === 'waiting' || this.run?.state === 'running');

  constructor(private ondone: (finding: string) => void) {}
  async start(name: string, parameters: Record<string, string | number | boolean> = {}): Promise<void> {
    this.problem = undefined;
    this.run = undefined;
    const view = app.view!.id;
    try {
      this.run = await analyses.start(view, name, parameters);
    } catch (e) {
      this.problem = e instanceof Problem ? e : new Problem(500, 'error', String(e));
      return;
    }
    this.listen(view, this.run.id);
  }
  private listen(view: string, id: string): void {
    this.source?.close();
    const source = (this.source = analyses.events(view, id));
    source.onmessage = (e: MessageEvent<string>) => this.hear(JSON.parse(e.data) as Run);
    // The browser asks again by itself; when the run has ended meanwhile, one plain answer says so.
    source.onerror = () => { void analyses.run(view, id).then((r) => this.hear(r)).catch(() => source.close()); };
  }
  private hear(run: Run): void {
    this.run = run;
    const tenth = Math.floor(run.done * 10);
    if (tenth !== this.told) { this.told = tenth; tell(t('run.said', { step: stepWord(run), done: percent(run.done) })); }
    if (run.state === 'waiting' || run.state === 'running') return;
    this.close();
    tell(t(`run.${run.state}`));
    if (run.state === 'done' && run.finding) this.ondone(run.finding);
  }
  async cancel(): Promise<void> {
    if (!this.run) return;
    const id = this.run.id;
    await analyses.cancel(app.view!.id, id).catch(() => undefined);
    this.run = { ...this.run, state: 'cancelled' };
    this.close();
    tell(t('run.cancelled'));
  }
  close(): void { this.source?.close(); this.source = undefined; }
}
export const stepWord = (run: Run): string => run.step ? say(`step.${run.step.split(' ')[0]}`, run.step) : t('step.waiting');

/** Paper: a page says across itself who printed it, when and from which view, and the log says the same. */
import { Problem, views } from './client';
import { route } from './router.svelte';
import { app } from './state.svelte';
import { theme } from './theme.svelte';

class Paper {
  /** What stands across the page and in the log; empty until something is printed. */
  mark = $state('');
  at = $state.raw(new Date());
  problem = $state.raw<Problem>();
}
export const paper = new Paper();
let written = false;

const newMark = (): string => [...crypto.getRandomValues(new Uint8Array(4))].map((b) => b.toString(16).padStart(2, '0')).join('');
/** The address alone: what was searched or chosen there is in the log already, and no name belongs in it. */
const page = (): string => `/${(route.path.split('/')[1] ?? '').replace(/[^a-z-]/g, '')}`;
const write = (mark: string): Promise<void> => (app.view ? views.print(app.view.id, mark, page()) : Promise.resolve());

/** The button: nothing goes to the printer that the log could not take down. */
export async function printPage(): Promise<void> {
  const mark = newMark();
  paper.problem = undefined;
  try {
    await write(mark);
  } catch (error) {
    paper.problem = error instanceof Problem ? error : new Problem(500, 'error', String(error));
    return;
  }
  begin(mark);
  written = true;
  window.print();
}
function begin(mark: string): void {
  paper.mark = mark;
  paper.at = new Date();
}
/** The browser's own way cannot be held back: the mark is there before the paper, the log is told beside it. */
window.addEventListener('beforeprint', () => {
  if (!written) {
    begin(newMark());
    void write(paper.mark).catch(() => undefined);
  }
  written = false;
  document.documentElement.dataset.theme = 'light'; // paper is white
});
window.addEventListener('afterprint', () => {
  if (theme.chosen) document.documentElement.dataset.theme = theme.chosen;
  else delete document.documentElement.dataset.theme;
});

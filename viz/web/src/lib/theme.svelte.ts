export type Theme = 'light' | 'dark';
const kept = localStorage.getItem('krydsfelt.theme');
const system = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

class ThemeChoice {
  chosen = $state<Theme | null>(kept === 'light' || kept === 'dark' ? kept : null);
  system = $state<Theme>(system());
  readonly now = $derived<Theme>(this.chosen ?? this.system);
  constructor() {
    if (this.chosen) document.documentElement.dataset.theme = this.chosen;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.system = system(); });
  }
  switch() {
    this.chosen = this.now === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = this.chosen;
    localStorage.setItem('krydsfelt.theme', this.chosen);
  }
}
export const theme = new ThemeChoice();

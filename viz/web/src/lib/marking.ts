import type { Key } from './i18n.svelte';
import type { Band, Health } from './types';

export interface Mark { style: string; word: Key; remark: Key; tlp: string | null }
const levels = ['', 'ttj', 'fortroligt', 'hemmeligt'] as const;

/** How a page is marked: the level that its content has, or, without case data, what kind of data the home holds. */
export function marking(band: Band | null, health: Health | undefined): Mark {
  const madeUp = band ? band.made_up : (health?.regimes.includes('synthetic') ?? true);
  if (!band || band.level === 0)
    return madeUp
      ? { style: 'ovelse', word: 'mark.madeup', remark: 'mark.exercise', tlp: band?.tlp ?? null }
      : { style: 'ovelse', word: 'mark.open', remark: 'mark.research', tlp: band?.tlp ?? null };
  const level = Math.min(band.level, 3) as 1 | 2 | 3;
  return { style: levels[level], word: `mark.${level}`, remark: madeUp ? 'mark.madeup.remark' : 'mark.research', tlp: null };
}

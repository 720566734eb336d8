/** Rows of the bridge-setting finding, and the sentence they make. */
import { language, num, t } from './i18n.svelte';
import type { Finding } from './types';

export interface SettingRow {
  setting: string; label: string; direction: string; observed: number | null; expected: number | null; ratio: number | null; interval: [number, number] | null;
  q: number | null; flagged: boolean; n_persons: number | null; power: number | null; power_2: number | null; tested: boolean; suppressed: boolean;
  crude_rate: number | null; crude_rank: number | null; reporting_intensity: number; ratio_without_reporting: number | null; withstands: number | null;
}
export const rowsOf = (f: Finding): SettingRow[] => f.rows as unknown as SettingRow[];
export const keyOf = (r: SettingRow): string => `${r.setting} ${r.direction}`;

const numbers = { da: ['nul', 'én', 'to', 'tre', 'fire', 'fem', 'seks', 'syv', 'otte', 'ni', 'ti', 'elleve', 'tolv'], en: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'] };
/** "knap fire gange": a ratio in words that do not pretend to decimals. */
export function times(ratio: number): string {
  const whole = Math.round(ratio), word = numbers[language.now][whole] ?? num(whole);
  if (ratio < 1.5) return t('times.plain', { n: num(ratio, 1) });
  if (ratio < whole - 0.08) return t('times.nearly', { n: word });
  if (ratio > whole + 0.08) return t('times.over', { n: word });
  return t('times.plain', { n: word });
}
/** The same without the word for times: "godt seks". */
export function near(ratio: number): string {
  const whole = Math.round(ratio), word = numbers[language.now][whole] ?? num(whole);
  if (ratio < 1.5) return num(ratio, 1);
  return ratio < whole - 0.08 ? t('near.nearly', { n: word }) : ratio > whole + 0.08 ? t('near.over', { n: word }) : word;
}
export const fromTo = (direction: string): 'ce' | 'ec' => (direction === 'C>E' ? 'ce' : 'ec');
export const lag = (f: Finding): number => Number(f.head.parameters['lag_days'] ?? 30);

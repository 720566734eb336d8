import da from './messages/da.json';
import en from './messages/en.json';
import type { Labels } from './types';

export type Lang = 'da' | 'en';
export type Key = keyof typeof da;

// A word that one language lacks is a type error here.
const words: { da: Record<keyof typeof en, string>; en: Record<Key, string> } = { da, en };

const kept = localStorage.getItem('krydsfelt.lang');
class Language {
  now = $state<Lang>(kept === 'en' ? 'en' : 'da');
  switch() {
    this.now = this.now === 'da' ? 'en' : 'da';
    localStorage.setItem('krydsfelt.lang', this.now);
    document.documentElement.lang = this.now;
  }
}
export const language = new Language();
document.documentElement.lang = language.now;

/** The words of a key in the reader's language; `{name}` is filled from `fill`. */
export function t(key: Key, fill: Record<string, string | number> = {}): string {
  return words[language.now][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole));
}
type Counted = { [K in Key]: K extends `${infer Base}.one` ? Base : never }[Key];
/** One or many of something, by its number. */
export const tn = (base: Counted, n: number): string => t(`${base}.${n === 1 ? 'one' : 'many'}`, { n: num(n) });
/** `key` if it is a word of the catalogue, for codes that come from the server. */
export const known = (key: string): key is Key => key in da;
export const say = (key: string, fallback: string): string => (known(key) ? t(key) : fallback);
export const label = (of: Labels): string => of[language.now];

const locale = () => (language.now === 'da' ? 'da-DK' : 'en-GB');
export const num = (x: number, digits = 0): string =>
  x.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const percent = (share: number): string => `${num(share * 100)}\u00a0%`;
/** 23.11.2026, from an ISO day or time; what is not a date comes back as it is. */
export function day(iso: string | null | undefined): string {
  const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? '');
  if (!m) return iso ?? '';
  return language.now === 'da' ? `${Number(m[3])}.${Number(m[2])}.${m[1]}` : `${Number(m[3])} ${month(Number(m[2]))} ${m[1]}`;
}
/** The day of a moment where the reader sits. */
export const dayOf = (at: Date): string => day(`${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`);
const month = (n: number) => new Date(Date.UTC(2000, n - 1, 1)).toLocaleString(locale(), { month: 'short', timeZone: 'UTC' });
export function clock(iso: string | Date): string {
  const at = new Date(iso);
  const two = (n: number) => String(n).padStart(2, '0');
  return language.now === 'da' ? `${at.getHours()}.${two(at.getMinutes())}` : `${two(at.getHours())}:${two(at.getMinutes())}`;
}
/** "2 t. 18 min." from minutes. */
export function span(minutes: number): string {
  const h = Math.floor(minutes / 60), m = Math.floor(minutes % 60);
  return h ? t('time.hm', { h, m }) : t('time.m', { m });
}
/** First letter large, as a label stands alone. */
export const cap = (text: string): string => text.charAt(0).toLocaleUpperCase('da') + text.slice(1);
/** Monday 23 November. */
export const today = (at: Date): string => cap(at.toLocaleDateString(locale(), { weekday: 'long', day: 'numeric', month: 'long' }));

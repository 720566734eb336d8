/** The sentences of methods: the server sends a code with values, the catalogue has the words. */
import { known, language, num, percent, t, type Key } from './i18n.svelte';
import type { Sentence } from './types';

type Value = string | number;
/** The formats that the server's own templates use: whole per cents, or so many decimals. */
function shown(name: string, value: Value, format: string | undefined): string {
  if (name === 'direction') return t(value === 'C>E' ? 'finding.ce' : 'finding.ec');
  if (typeof value === 'string') return value;
  if (format === '.0%') return percent(value);
  return num(value, Number(/^\.(\d)f$/.exec(format ?? '')?.[1] ?? 0));
}
/** A sentence in the reader's language; one from before there were codes stays English and is marked so. */
export function words(s: Sentence): { text: string; lang: 'da' | 'en' } {
  const key = `said.${s.code}`;
  if (!known(key)) return { text: s.text, lang: 'en' };
  const text = t(key as Key).replace(/\{(\w+)(?::([^}]+))?\}/g, (_, name: string, format?: string) => shown(name, s.values[name] ?? '', format));
  return { text, lang: language.now };
}
/** What says that a thing needs no worry: it was taken account of, or does not count. */
const settled = new Set(['settings.unexplained', 'settings.young', 'settings.before', 'settings.crude.before', 'settings.crude.reporting', 'settings.crude.young']);
export const isSettled = (s: Sentence): boolean => settled.has(s.code);

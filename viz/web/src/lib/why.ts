/** The reasons of the policy in a sentence, Danish and English, from its codes. */
import { known, label, say, t } from './i18n.svelte';
import { codeLabel } from './state.svelte';
import type { Bounds, Why } from './types';

type Reason = Why['reasons'][number];
const levelWord = (n: unknown): string => say(`mark.${Number(n)}`, String(n));
/** Codes among the values become words. */
function values(r: Reason): Record<string, string> {
  const said: Record<string, string> = {};
  for (const [k, v] of Object.entries(r.values)) {
    const text = Array.isArray(v) ? v.join(', ') : String(v ?? '');
    said[k] = k === 'level' || k === 'clearance' ? levelWord(v) : k === 'purpose' ? say(`purpose.${text}`, text) : k === 'role' ? say(`role.${text}`, text) : k === 'admitted' ? say(`why.admitted.${text}`, text) : k === 'act' ? say(`why.act.${text}`, text) : k === 'basis' || k === 'claim' ? label(codeLabel(text)) : text;
  }
  return said;
}
export const reasonText = (r: Reason): string => (known(r.code) ? t(r.code, values(r)) : r.says);
/** One sentence: what is asked about, whether it may be, and every reason. */
export function whyWords(why: Why): string {
  const act = say(`why.act.${why.act}`, why.act);
  if (!why.allowed) return `${t('why.refused', { act })} ${why.reasons.map(reasonText).join(' ')}`;
  return `${t('why.allowed', { act })} ${why.reasons.map(reasonText).join('; ')}.`;
}
export const boundsWords = (b: Bounds): string =>
  t(b.case ? 'why.bounds.case' : 'why.bounds', { level: levelWord(b.level), purpose: say(`purpose.${b.purpose}`, b.purpose), basis: label(codeLabel(b.legal_basis)), case: b.case ?? '' });

/** How the pages of oversight word what the log says. */
import { day, num, say, span, t, type Key } from './i18n.svelte';
import type { Act, Alert } from './types';

export const actWord = (act: string): string => say(`act.${act}`, act);
/** Why an act was refused, in few words. */
export const resultWord = (result: string): string => (result === 'ok' ? t('act.ok') : result ? say(`refused.${result}`, say(`result.${result}`, result)) : t('act.unfinished'));
/** What the user was told: where data decided, it is one answer. */
export const toldWord = (result: string): string => (result === 'not-in-view' ? t('state.absent.title') : say(`refused.${result}.mend`, '–'));
export const purposeWord = (purpose: string): string => (purpose ? say(`purpose.${purpose}`, purpose) : t('oversight.nopurpose'));
export type Span = 'month' | 'week' | 'all' | 'own';
/** From when and until when, as the API asks for it. */
export function periodOf(span: Span, now: Date, from: string, to: string): { since?: string; until?: string } {
  if (span === 'month') return { since: new Date(now.getFullYear(), now.getMonth(), 1).toISOString() };
  if (span === 'week') return { since: new Date(now.getTime() - 7 * 864e5).toISOString() };
  if (span === 'own') return { ...(from && { since: new Date(`${from}T00:00:00`).toISOString() }), ...(to && { until: new Date(`${to}T23:59:59`).toISOString() }) };
  return {};
}
export const where = (act: Act): string => act.case || t('view.nocase');
/** "0:05:00" or "1 day, 2:00:00", as the server writes a length of time, in the reader's words. */
function stretch(said: string): string {
  const m = /^(?:(\d+) days?, )?(\d+):(\d{2}):(\d{2})$/.exec(said);
  if (!m) return said;
  const minutes = Number(m[1] ?? 0) * 1440 + Number(m[2]) * 60 + Number(m[3]);
  return minutes ? span(minutes) : t('time.s', { s: Number(m[4]) });
}
/** What a detector saw, in the reader's language, from its values. */
export function alertText(a: Alert): string {
  const fill: Record<string, string> = { user: a.user, day: day(a.at) };
  for (const [name, value] of Object.entries(a.measures)) {
    if (name === 'step') fill[name] = stretch(value);
    else if (name === 'channel') fill[name] = say(`channel.${value}`, value);
    else if (name === 'codes') fill[name] = value.split(', ').map((c) => { const [code = '', n = ''] = c.split(' '); return `${resultWord(code)} (${num(Number(n))})`; }).join(', ');
    else fill[name] = /^\d+%$/.test(value) ? `${value.slice(0, -1)}\u00a0%` : /^\d+$/.test(value) ? num(Number(value)) : value;
  }
  return t(`alerts.${a.detector}.said` as Key, fill);
}

/** How the pages of oversight word what the log says. */
import { say, t } from './i18n.svelte';
import type { Act } from './types';

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

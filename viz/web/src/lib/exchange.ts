import { details, named, valueText, when } from './claims';
import { day, known, label, say, t } from './i18n.svelte';
import { predicateLabel } from './state.svelte';
import type { Claim, ExchangeRequest, Partner, ReleaseLine, Verified } from './types';

/** A claim on one line: who, what, when. */
export const line = (c: Claim): string => {
  const more = details(c), at = when(c.valid);
  return `${named(c.subject)} ${label(predicateLabel(c.predicate))} ${c.object ? named(c.object) : valueText(c)}${more ? ` (${more})` : ''}${at ? `, ${at}` : ''}`;
};
/** The rules of release have words of their own; rows of the policy those that `why` says. */
export const reasonWords = (code: string): string => say(`reason.${code}`, say(code, code));
/** Rows of the policy that say once more what a rule of release has said. */
const TOLD: Record<string, string> = { 'policy.row.recipient': 'not-shared', 'policy.row.originator': 'originator', 'policy.row.handling': 'handling' };
export const whyStays = (l: ReleaseLine): string => l.reasons.filter((code) => !l.reasons.includes(TOLD[code] ?? '')).map(reasonWords).join(' ');
export const partWords = (name: string): string => say(`leave.${name}`, name);
export const goes = (l: ReleaseLine): boolean => l.outcome !== 'stays';
/** The partner of a request: by its id, or by the number at its end. */
export function partnerOf(request: ExchangeRequest, partners: Partner[]): Partner | undefined {
  const ref = request.partner ?? '';
  const tail = (s: string) => /(\d+)$/.exec(s)?.[1] ?? s;
  return partners.find((p) => p.id === ref || p.name === ref) ?? partners.find((p) => ref && tail(p.id) === tail(ref));
}
type Check = Verified['checks'][number];
/** What a check of a package found, in the reader's language; null where the server's own words are all there is. */
export function checkWords(c: Check): string | null {
  const key = `${c.passed ? 'passed' : 'failed'}.${c.code}`;
  const { until, ...values } = c.values;
  return known(key) ? t(key, until ? { ...values, until: day(until) } : values) : null;
}
/** Whole days from today to a deadline; negative when it has passed. */
export const daysLeft = (due: string, now: Date): number => Math.ceil((Date.parse(`${due}T23:59:59`) - now.getTime()) / 864e5) - 1;
export function clockWords(due: string, now: Date): { kind: 'due' | 'wait' | 'stop'; text: string } {
  const days = daysLeft(due, now);
  if (days < 0) return { kind: 'stop', text: t('clock.over', { n: -days }) };
  if (days === 0) return { kind: 'due', text: t('clock.today') };
  return { kind: days <= 3 ? 'due' : 'wait', text: t('clock.left', { n: days }) };
}

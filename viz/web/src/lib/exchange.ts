import { details, named, valueText, when } from './claims';
import { day, known, label, say, t, type Key } from './i18n.svelte';
import { predicateLabel } from './state.svelte';
import type { Claim, ExchangeRequest, Partner, ReleaseLine, Verified } from './types';

/** A claim on one line: who, what, when. */
export const line = (c: Claim): string => {
  const more = details(c), at = when(c.valid);
  return `${named(c.subject)} ${label(predicateLabel(c.predicate))} ${c.object ? named(c.object) : valueText(c)}${more ? ` (${more})` : ''}${at ? `, ${at}` : ''}`;
};
export const reasonWords = (code: string): string => say(`reason.${code}`, code);
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
  if (!c.passed) return known(`failed.${c.name}`) ? t(`failed.${c.name}` as Key) : null;
  const shape = passed.find(([name, pattern]) => name === c.name && pattern.test(c.detail));
  if (!shape) return null;
  const [, pattern, key] = shape;
  const [, a = '', b = ''] = pattern.exec(c.detail)!;
  return t(key, { a, b, day: day(a) });
}
const passed: [string, RegExp, Key][] = [
  ['frame', /^/, 'passed.frame'],
  ['signature', /^signed with key (\S+)$/, 'passed.signature'],
  ['sender', /^this home itself$/, 'passed.sender.self'],
  ['sender', /^(\S+) is not known here yet: compare the fingerprint (.+) by another way$/, 'passed.sender.unknown'],
  ['sender', /^(.+), with the key known here$/, 'passed.sender.known'],
  ['expiry', /^valid until (\S+)$/, 'passed.expiry'],
  ['recipient', /^sent to (.+), not to this home/, 'passed.recipient.other'],
  ['recipient', /^sent to this home/, 'passed.recipient.us'],
  ['content', /^/, 'passed.content'],
];
/** Whole days from today to a deadline; negative when it has passed. */
export const daysLeft = (due: string, now: Date): number => Math.ceil((Date.parse(`${due}T23:59:59`) - now.getTime()) / 864e5) - 1;
export function clockWords(due: string, now: Date): { kind: 'due' | 'wait' | 'stop'; text: string } {
  const days = daysLeft(due, now);
  if (days < 0) return { kind: 'stop', text: t('clock.over', { n: -days }) };
  if (days === 0) return { kind: 'due', text: t('clock.today') };
  return { kind: days <= 3 ? 'due' : 'wait', text: t('clock.left', { n: days }) };
}

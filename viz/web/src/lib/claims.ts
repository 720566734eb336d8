/** How single claims read: grades, times, values. */
import { cap, day, known, label, language, num, say, t, type Key } from './i18n.svelte';
import { codeLabel, kindOf } from './state.svelte';
import type { Claim, Entity, Valid } from './types';

/** What an entity is called. One that no source names is its kind and the number it was delivered under. */
export function named(e: Pick<Entity, 'kind' | 'label'> & { delivered?: string | null }): string {
  const id = /^[a-z_-]+:(.+)$/.exec(e.label)?.[1];
  return id && e.label === e.delivered ? `${cap(label(kindOf(e.kind)?.label ?? { da: e.kind, en: e.kind }))} ${id.replace(/^0+(?=\d)/, '')}` : e.label;
}
/** A source's id in words, where its form is known. */
export function sourceName(source: string): string {
  const at = source.indexOf(':');
  if (at < 0) return source;
  const kind = source.slice(0, at), rest = source.slice(at + 1);
  if (kind === 'register') return say(`source.register.${rest}`, source);
  return known(`source.${kind}`) ? t(`source.${kind}` as Key, { id: rest }) : source;
}
export const gradeCode = (grade: string): string => grade.slice(grade.indexOf(':') + 1);
export function gradeWords(grade: string): string {
  const code = gradeCode(grade);
  if (!grade.startsWith('4x4:')) return grade;
  return `4x4: ${t('grade.source')} ${code[0]}, ${t('grade.information')} ${code[1]}`;
}
/** The cells of the 4 x 4 grid, or null for another scheme. */
export function fourByFour(grade: string): [string, string] | null {
  const m = /^4x4:([ABCX])([1-4])$/.exec(grade);
  return m ? [m[1]!, m[2]!] : null;
}
/** Low confidence: the information is heard and unsupported, or the source is not to be relied on. */
export const weak = (grade: string): boolean => /4$|^admiralty:[EF]|[56]$/.test(grade) || /^4x4:X/.test(grade);

function part(edtf: string): string {
  const sure = edtf.replace(/[?~%]/g, '');
  const mark = edtf === sure ? '' : '?';
  const m = /^(\d{4})-(\d{2})$/.exec(sure);
  if (m) return new Date(Date.UTC(Number(m[1]), Number(m[2]) - 1, 1)).toLocaleString(language.now === 'da' ? 'da-DK' : 'en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' }) + mark;
  return day(sure) + mark;
}
/** An EDTF interval in words. */
export function when(valid: Valid): string {
  const [a, b] = valid.text.split('/');
  if (!valid.text) return '';
  if (b === undefined) return part(a!);
  if (a === b) return part(a!);
  const open = (x: string) => x === '..' || x === '';
  if (open(a!) && open(b)) return '';
  if (open(a!)) return t('when.until', { day: part(b) });
  if (open(b)) return t('when.from', { day: part(a!) });
  return `${part(a!)} – ${part(b)}`;
}
/** The highest marking of what is drawn about each entity. */
export function levelsOf(links: Claim[]): Map<string, number> {
  const levels = new Map<string, number>();
  for (const c of links) for (const end of [c.subject.token, c.object?.token ?? '']) levels.set(end, Math.max(levels.get(end) ?? 0, c.marking.level));
  return levels;
}
/** The end of the claim that is not the entity itself, or its value in words. */
export const otherEnd = (claim: Claim, of: ReadonlySet<string>): Entity | null => (of.has(claim.subject.token) ? claim.object : claim.subject);
export const valueText = (claim: Pick<Claim, 'value'>): string => {
  const value = claim.value ?? '';
  return /^\d{4}-\d{2}-\d{2}/.test(value) ? day(value) : label(codeLabel(value));
};
/** "kind call, count 9" as words; weights that mean nothing by themselves are left to the table. */
export const details = (claim: Pick<Claim, 'qualifiers'>): string =>
  Object.entries(claim.qualifiers).filter(([, v]) => v !== null && v !== '').map(([k, v]) => `${say(`qualifier.${k}`, k)} ${typeof v === 'string' ? label(codeLabel(v)) : typeof v === 'number' ? num(v, Number.isInteger(v) ? 0 : 2) : v}`).join(', ');
/** First possible day and last possible day as numbers, open ends far away. */
export const bounds = (valid: Valid): [number, number] => [valid.start ? Date.parse(valid.start) / 864e5 : -Infinity, valid.end ? Date.parse(valid.end) / 864e5 : Infinity];
export const dated = (valid: Valid): boolean => valid.start !== null || valid.end !== null;

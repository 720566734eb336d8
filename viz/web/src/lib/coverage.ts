/** Rows of the coverage finding: needs of a municipality, how many are reached, and what binds. */
import type { Finding } from './types';

export interface NeedRow { municipality: string; code: string; place: string; segment: string; need: number | null; reached: number | null; binding: string; suppressed: boolean; district: string }
export interface DistrictRow { district: string; segment: string; need: number | null; reached: number | null }
export interface NextMeasure { measure: string; place: string; gain: number; reason: string; effort: string }
type Raw = Record<string, unknown>;
const text = (r: Raw, ...keys: string[]): string => { for (const k of keys) if (typeof r[k] === 'string' && r[k]) return r[k]; return ''; };
const number = (x: unknown): number | null => (typeof x === 'number' ? x : null);
export const codeIn = (ref: string): string => /(\d{4})/.exec(ref)?.[1] ?? '';

export const needs = (f: Finding): NeedRow[] => (f.rows as Raw[]).map((r) => ({
  municipality: text(r, 'municipality'), code: codeIn(text(r, 'municipality')), place: text(r, 'place', 'municipality_label', 'municipality'), segment: text(r, 'label', 'segment_label', 'segment'),
  need: number(r['need']), reached: number(r['reached']), binding: text(r, 'binding_label', 'binding'), suppressed: r['suppressed'] === true, district: text(r, 'district_label', 'district'),
}));
export const districts = (f: Finding): DistrictRow[] => ((f.extra?.['districts'] as Raw[] | undefined) ?? []).map((r) => ({
  district: text(r, 'label', 'district_label', 'district'), segment: text(r, 'segment_label', 'segment'), need: number(r['need']), reached: number(r['reached']),
}));
export const nextOf = (list: unknown): NextMeasure[] => ((list as Raw[] | undefined) ?? []).map((r) => ({
  measure: text(r, 'label', 'measure_label', 'measure'), place: text(r, 'place_label', 'place'), gain: number(r['gain']) ?? 0, reason: text(r, 'reason'), effort: text(r, 'effort'),
}));
/** Share of the need that nothing reaches; null where too little may be shown. */
export function uncovered(rows: { need: number | null; reached: number | null }[]): number | null {
  const open = rows.filter((r) => r.need !== null && r.reached !== null);
  const need = open.reduce((s, r) => s + r.need!, 0);
  return need ? open.reduce((s, r) => s + (r.need! - r.reached!), 0) / need : null;
}
export const tone = (share: number): 1 | 2 | 3 | 4 | 5 => (share <= 0.1 ? 1 : share <= 0.2 ? 2 : share <= 0.35 ? 3 : share <= 0.5 ? 4 : 5);

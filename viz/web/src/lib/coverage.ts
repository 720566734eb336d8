/** Rows of the coverage finding: needs of a municipality, how many are reached, and what binds. */
import { num, say, t } from './i18n.svelte';
import type { Finding } from './types';

/** A sum over three years, shown where the year's figure is hidden. */
export interface Years { first: number; last: number; need: number }
export interface NeedRow { code: string; place: string; segment: string; need: number | null; reached: number | null; binding: string; missing: string[]; suppressed: boolean; years: Years | null }
export interface DistrictRow { code: string; district: string; segment: string; need: number | null; reached: number | null; years: Years | null }
export interface NextMeasure { kind: 'more places' | 'new measure' | 'dialogue'; measure: string; programme: string; place: string; shared: string[]; places: number; cost: number | null; gain: number; exact: boolean; need: number; tie: 'cost' | 'need' | 'order' | null }
interface RawRow { municipality: string | null; municipality_label: string | null; segment: string; segment_label: string; need: number | null; reached: number | null; binding: string | null; missing: string[]; suppressed: boolean; three_years?: Years | null }
interface RawDistrict { district: string; district_label: string; segment_label: string; need: number | null; reached: number | null; suppressed: boolean; three_years?: Years | null }
interface RawNext { kind: NextMeasure['kind']; measure_label: string; programme: string | null; programme_label: string | null; place_label: string | null; places: number; gain: number; need: number; shared_with?: string[]; cost?: number | null; exact?: boolean; tie?: NextMeasure['tie'] }

/** The page speaks of nothing but municipalities, so the word is left out. */
const town = (name: string | null): string => (name ?? '').replace(/ Kommune$/, '');
const digits = (ref: string | null): string => /(\d+)$/.exec(ref ?? '')?.[1] ?? ref ?? '';
/** "capacity:0615-exit" and "programme:exit" as the word for the kind of help; another id as it is. */
const help = (ref: string | null): string => {
  const kind = /(?:-|programme:)([a-z_]+)$/.exec(ref ?? '')?.[1];
  if (kind) return say(`programme.${kind}`, ref ?? '');
  return ref?.startsWith('mentor:') ? t('programme.mentor') : (ref ?? '');
};
/** The word for the kind of help, else what the source calls it. */
const helpOr = (ref: string | null, name: string | null): string => {
  const said = help(ref);
  return said === ref ? (name ?? said) : said;
};
export const needs = (f: Finding): NeedRow[] => (f.rows as unknown as RawRow[]).map((r) => ({
  code: digits(r.municipality), place: town(r.municipality_label) || '–', segment: r.segment_label, need: r.need, reached: r.reached, binding: help(r.binding), missing: r.missing.map(help), suppressed: r.suppressed, years: r.three_years ?? null,
}));
export const districts = (f: Finding): DistrictRow[] => ((f.extra?.['districts'] ?? []) as unknown as RawDistrict[]).filter((r) => r.need !== null || r.three_years).map((r) => ({ code: digits(r.district), district: r.district_label, segment: r.segment_label, need: r.need, reached: r.reached, years: r.three_years ?? null }));
export const nextOf = (list: unknown): NextMeasure[] => ((list ?? []) as RawNext[]).map((r) => ({ kind: r.kind, measure: r.measure_label, programme: helpOr(r.programme, r.programme_label), place: town(r.place_label), shared: (r.shared_with ?? []).map(town), places: r.places, cost: r.cost ?? null, gain: r.gain, exact: r.exact ?? false, need: r.need, tie: r.tie ?? null }));
const word: Record<NextMeasure['kind'], 'more' | 'new' | 'dialogue'> = { 'more places': 'more', 'new measure': 'new', dialogue: 'dialogue' };
export const what = (m: NextMeasure): string => t(`next.${word[m.kind]}.what`, { places: num(m.places), programme: m.programme || m.measure });
/** The reason with the price, and with the tie rule that put it behind one of equal gain. */
export const why = (m: NextMeasure): string => [
  t(m.exact ? `next.${word[m.kind]}.why.exact` : `next.${word[m.kind]}.why`, { need: num(m.need), programme: m.programme, gain: num(m.gain) }),
  m.cost === null ? t('next.cost.none') : t('next.cost', { cost: num(m.cost) }),
  m.tie && t(`next.tie.${m.tie}`),
].filter(Boolean).join(' ');
export const where = (m: NextMeasure): string => m.place + (m.shared.length ? ` (${t('next.shared', { places: m.shared.join(', ') })})` : '');
export const share = (f: Finding): { greedy_share: number | null; proven: boolean } | undefined => f.extra?.['optimum'] as never;

/** Share of the need that nothing reaches, over the needs whose figures may be shown; null where none may. */
export function uncovered(rows: { need: number | null; reached: number | null }[]): number | null {
  const open = rows.filter((r) => r.need !== null && r.reached !== null);
  const need = open.reduce((s, r) => s + r.need!, 0);
  return need ? open.reduce((s, r) => s + (r.need! - r.reached!), 0) / need : null;
}
/** Class of a share on map and matrix alike, by the whole per cent that is written beside it: none, then quarters. */
export function tone(of: number): 1 | 2 | 3 | 4 | 5 {
  const shown = Math.round(of * 100);
  return shown <= 0 ? 1 : shown <= 25 ? 2 : shown <= 50 ? 3 : shown <= 75 ? 4 : 5;
}

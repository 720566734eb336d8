/** The methods write English; this gives the Danish of their sentences. What it does not know stays English and is marked so. */
import { language } from './i18n.svelte';

type Rule = [RegExp, (m: RegExpExecArray) => string];
const comma = (s: string | undefined) => (s ?? '').replace('.', ',');
const pct = (s: string | undefined) => `${s}\u00a0%`;
const rules: Rule[] = [
  [/^(.*): its units report ([\d.]+) times as much per person-time as others; with that taken into account the ratio falls from ([\d.]+) to ([\d.]+)\.$/, (m) => `${m[1]}: enhederne her indberetter ${comma(m[2])} gange så meget pr. persontid som andre. Medregnet falder forholdet fra ${comma(m[3])} til ${comma(m[4])}.`],
  [/^(.*): its visitors are young \((\d+)% of time by people under 25, (\d+)% elsewhere\); age is matched\.$/, (m) => `${m[1]}: de besøgende er unge (${pct(m[2])} af tiden af folk under 25, ${pct(m[3])} andre steder). Alder er matchet.`],
  [/^(.*): (\d+)% of its visitors had crossed before they came; they do not count\.$/, (m) => `${m[1]}: ${pct(m[2])} af de besøgende var gået over, før de kom. De tæller ikke med.`],
  [/^(.*): (\d+)% of its stays have dates in doubt or an open end; compare the answer for certain overlap\.$/, (m) => `${m[1]}: ${pct(m[2])} af opholdene har usikre datoer eller åben slutning. Sammenlign med svaret for sikre overlap.`],
  [/^(.*): (\d+)% of its crossings rest on one (source|report|week)\.$/, (m) => `${m[1]}: ${pct(m[2])} af overgangene hviler på én ${{ source: 'kilde', report: 'rapport', week: 'uge' }[m[3] as 'source']}.`],
  [/^(.*): none of reporting, age, dates in doubt or a single source, report or week explains it; what is not in the data still may\.$/, (m) => `${m[1]}: hverken indberetning, alder, usikre datoer eller en enkelt kilde, rapport eller uge forklarer det. Det, der ikke er i data, kan stadig gøre det.`],
  [/^(.*) stands high in crude rate and is not flagged: most of those who crossed had done so before they came\.$/, (m) => `${m[1]} står højt i rå tal og er ikke et fund: de fleste, der gik over, havde gjort det, før de kom.`],
  [/^(.*) stands high in crude rate and is not flagged: its units report ([\d.]+) times as much per person-time\.$/, (m) => `${m[1]} står højt i rå tal og er ikke et fund: enhederne indberetter ${comma(m[2])} gange så meget pr. persontid.`],
  [/^(.*) stands high in crude rate and is not flagged: its visitors are young, and the young cross more often wherever they are\.$/, (m) => `${m[1]} står højt i rå tal og er ikke et fund: de besøgende er unge, og unge går oftere over, hvor de end er.`],
  [/^A crossing counts for a setting when it (may have|certainly) happened during a stay or within (\d+) days after\. A longer window dilutes, a shorter one misses\.$/, (m) => `En overgang tæller for et sted, når den ${m[1] === 'certainly' ? 'med sikkerhed' : 'kan være'} sket under et ophold eller inden for ${m[2]} dage efter. Et længere vindue udvander, et kortere overser.`],
  [/^This is an association between time in a place and crossings\. It is not proof that the place is the cause, and it says nothing of who will cross\.$/, () => 'Det er en sammenhæng mellem tid på et sted og overgange. Det er ikke bevis for, at stedet er årsagen, og det siger intet om, hvem der vil gå over.'],
  [/^What is not in the strata .* is not matched\.$/, () => 'Det, der ikke er i lagene (motiver, familie, hvad der skete andre steder), er ikke matchet.'],
  [/^Counts under (\d+) are suppressed, with all from which they could be worked out, and can never be flagged\.$/, (m) => `Tal under ${m[1]} er skjult, også det de kunne regnes ud fra, og kan aldrig blive et fund.`],
  [/^Time shared with a more strongly flagged setting counts there only\. Nothing is flagged; undetected crossings in a setting could change that\.$/, () => 'Tid delt med et stærkere fund tæller kun dér. Intet er et fund; uopdagede overgange på et sted kan ændre det.'],
  [/^Time shared with a more strongly flagged setting counts there only\. The least certain flagged setting would no longer be flagged if (\d+) of its crossings were mistaken\.$/, (m) => `Tid delt med et stærkere fund tæller kun dér. Det mindst sikre fund falder, hvis ${m[1]} af dets overgange er fejl.`],
  [/^(C>E|E>C): (fewer than )?(\d+) crossings among those at risk; people who were on the other side first are never at risk\.$/, (m) => `${m[1]}: ${m[2] ? 'under ' : ''}${m[3]} overgange blandt dem, der kunne gå over. Den, der var på den anden side først, tæller aldrig med.`],
  [/^(\d+)% of stays have dates in doubt or an open end; an open end lasts to the end of the period for possible overlap\.$/, (m) => `${pct(m[1])} af opholdene har usikre datoer eller åben slutning. En åben slutning varer til periodens ende ved muligt overlap.`],
  [/^(\d+) stays without any date are left out\.$/, (m) => `${m[1]} ophold uden dato er udeladt.`],
  [/^No dated reports about settings are in this view, so reporting intensity could not be taken into account\.$/, () => 'Ingen daterede rapporter om steder er i visningen, så indberetning kunne ikke medregnes.'],
  [/^No milieu spell in this view says when it began\.$/, () => 'Ingen oplysning om et miljø i denne visning siger, hvornår det begyndte.'],
  [/^No dated stay in any setting is in this view\.$/, () => 'Der er intet dateret ophold på noget sted i denne visning.'],
  [/^Nobody in this view crossed from one milieu to the other\.$/, () => 'Ingen i denne visning gik fra det ene miljø til det andet.'],
  [/^No segment with a stated need is in this view\.$/, () => 'Intet behov er oplyst i denne visning.'],
  [/^Not estimable\. (.*)$/, (m) => { const why = said(m[1]!); return `Kan ikke beregnes. ${why.lang === 'da' ? why.text : 'Det, der er i denne visning, rækker ikke.'}`; }],
];
export interface Said { text: string; lang: 'da' | 'en' }
export function said(sentence: string): Said {
  if (language.now === 'en') return { text: sentence, lang: 'en' };
  for (const [pattern, danish] of rules) {
    const m = pattern.exec(sentence);
    if (m) return { text: danish(m), lang: 'da' };
  }
  return { text: sentence, lang: 'en' };
}

/** The levels of what is on the page now. The band shows the highest of them, and while one of them is still to come, that of the whole view. */
import { SvelteMap } from 'svelte/reactivity';
import type { Band, Level } from './types';

/** Null: nothing that is marked. Undefined: not known yet. */
export type Shown = Level | null | undefined;
const shown = new SvelteMap<object, Shown>();
const tlps = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'];

/** Say from a part of a page what it shows, for as long as it is on the page. */
export function shows(level: () => Shown): void {
  const part = {};
  $effect(() => { shown.set(part, level()); });
  $effect(() => () => { shown.delete(part); });
}
export function highest(levels: Iterable<Shown>): Shown {
  let most: Shown = null;
  for (const level of levels) {
    if (level === undefined) return undefined;
    if (!level) continue;
    if (!most || level.level > most.level) most = level;
    else if (level.level === 0 && most.level === 0 && tlps.indexOf(level.tlp ?? '') > tlps.indexOf(most.tlp ?? '')) most = level;
  }
  return most;
}
/** The band of the page: of what its parts say they show, else of the view. */
export function pageBand(view: Band): Band {
  const level = shown.size ? highest(shown.values()) : undefined;
  if (level === undefined) return view;
  return { made_up: view.made_up, level: level?.level ?? 0, word: level?.word ?? '', tlp: level?.tlp ?? null };
}

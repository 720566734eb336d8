import palette from '../../../palette.json';
import { kindOf } from './state.svelte';

export type Family = keyof typeof palette.kinds;
/** Signs of single kinds; a kind that has none wears its family's. */
const signs: Record<string, string> = {
  group: 'M9 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M16.5 6.5a2.5 2.5 0 1 1 0 5M3 20c.5-4 3-6 6-6s5.5 2 6 6M17 14.5c2.5.3 3.6 2.5 4 5',
  milieu: 'M9 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M16.5 6.5a2.5 2.5 0 1 1 0 5M3 20c.5-4 3-6 6-6s5.5 2 6 6M17 14.5c2.5.3 3.6 2.5 4 5',
  section: 'M4 4h16v16H4zM9.3 4v16M14.7 4v16M4 12h16',
  prison: 'M4 4h16v16H4zM9.3 4v16M14.7 4v16M4 12h16',
  forum: 'M4 5h16v11H11l-5 4v-4H4z',
  statement: 'M4 5h16v11H11l-5 4v-4H4z',
  dialogue: 'M4 5h16v11H11l-5 4v-4H4z',
  venue: 'M3 9.5v5M6.5 7v10M17.5 7v10M21 9.5v5M6.5 12h11',
  journey: 'M4 12h15M13 6l6 6-6 6',
  leg: 'M4 12h15M13 6l6 6-6 6',
  transfer: 'M4 8h15l-3.5-3.5M20 16H5l3.5 3.5',
  custody: 'M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  account: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M15.5 8.5v5a2.3 2.3 0 0 0 4.6 0V12A8.2 8.2 0 1 0 17 18.5',
  channel: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M15.5 8.5v5a2.3 2.3 0 0 0 4.6 0V12A8.2 8.2 0 1 0 17 18.5',
  meeting: 'M8 5a2.6 2.6 0 1 0 0 5.200A2.6 2.6 0 0 0 8 5M16 5a2.6 2.6 0 1 0 0 5.200A2.6 2.6 0 0 0 16 5M3.5 19c.3-4 2-6 4.5-6s4 1.5 4 3.5c0-2 1.5-3.5 4-3.5s4.2 2 4.5 6',
  map: 'M9 4L4 6v14l5-2 6 2 5-2V4l-5 2zM9 4v14M15 6v14',
  place: 'M12 3a6 6 0 0 0-6 6c0 5 6 12 6 12s6-7 6-12a6 6 0 0 0-6-6M12 7a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  zone: 'M12 3a6 6 0 0 0-6 6c0 5 6 12 6 12s6-7 6-12a6 6 0 0 0-6-6M12 7a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  measure: 'M12 4v16M4 12h16',
  programme: 'M5 5h14v14H5zM9 12l2 2 4-4',
  capacity: 'M5 20V10M12 20V4M19 20v-7',
  need: 'M12 4v11M12 19v1',
  mentor: 'M9 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M3 20c.5-4 3-6 6-6s5.5 2 6 6M17 8v6M14 11h6',
  offence: 'M12 3L2.5 20h19zM12 10v5M12 17.4v.6',
  attack: 'M12 3L2.5 20h19zM12 10v5M12 17.4v.6',
};
export interface Look { family: Family; shape: string; icon: string; light: { fill: string; ink: string }; dark: { fill: string; ink: string } }

/** Shape, colour and sign of a kind: every kind is said three times. */
export function look(kind: string): Look {
  const known = kindOf(kind);
  const family = (known && known.family in palette.kinds ? known.family : 'document') as Family;
  const of = palette.kinds[family];
  return { family, shape: of.shape, icon: signs[known?.icon ?? ''] ?? of.icon, light: of.light, dark: of.dark };
}
export const outlines: Record<string, string> = {
  diamond: '0,-11.2 11.2,0 0,11.2 -11.2,0', pentagon: '0,-10.5 10,-3.3 6.2,8.5 -6.2,8.5 -10,-3.3', hexagon: '10.5,0 5.3,9.1 -5.3,9.1 -10.5,0 -5.3,-9.1 5.3,-9.1',
  octagon: '9.5,3.9 3.9,9.5 -3.9,9.5 -9.5,3.9 -9.5,-3.9 -3.9,-9.5 3.9,-9.5 9.5,-3.9', tag: '-10,-8.5 4.5,-8.5 11.5,0 4.5,8.5 -10,8.5',
};

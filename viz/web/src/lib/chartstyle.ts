import type cytoscape from 'cytoscape';
import { look } from './kinds';
import type { Theme } from './theme.svelte';

/** An icon as a data URI: the glyph in the ink of its family. */
export function glyph(kind: string, theme: Theme): string {
  const of = look(kind);
  return svg(24, `<path d="${of.icon}" fill="none" stroke="${of[theme].ink}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`);
}
const svg = (size: number, inner: string) => 'data:image/svg+xml,' + encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">${inner}</svg>`);
/** The marking dot, with its letter. */
export function dot(level: number, colours: Colours): string {
  const fill = [colours.ground, colours.level1, colours.level2, colours.level3][level];
  return svg(14, `<circle cx="7" cy="7" r="6" fill="${fill}" stroke="${colours.ground}" stroke-width="1.2"/><text x="7" y="10.100" font-family="sans-serif" font-size="8.500" font-weight="600" text-anchor="middle" fill="#fff">${'·TFH'[level]}</text>`);
}
export interface Colours { ground: string; text: string; edge: string; path: string; focus: string; halo: string; level1: string; level2: string; level3: string }
/** The page's own colours; in forced colours the system's, which a canvas does not follow by itself. */
export function colours(): Colours {
  const css = getComputedStyle(document.documentElement);
  const of = (name: string) => css.getPropertyValue(name).trim();
  const own: Colours = { ground: of('--ground'), text: of('--text'), edge: of('--edge'), path: of('--path'), focus: of('--focus'), halo: of('--halo'), level1: of('--l-ttj'), level2: of('--l-fortroligt'), level3: of('--l-hemmeligt') };
  if (!matchMedia('(forced-colors: active)').matches) return own;
  const probe = document.createElement('i');
  document.body.append(probe);
  const read = (c: string) => { probe.style.color = c; return getComputedStyle(probe).color; };
  const out = { ...own, ground: read('Canvas'), text: read('CanvasText'), edge: read('CanvasText'), path: read('Highlight'), focus: read('Highlight') };
  probe.remove();
  return out;
}
export function stylesheet(c: Colours): cytoscape.StylesheetStyle[] {
  const sans = 'IBM Plex Sans, sans-serif';
  return [
    {
      selector: 'node',
      style: {
        width: 'data(size)', height: 'data(size)', shape: 'data(shape)', 'background-color': 'data(fill)', 'background-image': 'data(pictures)',
        'background-width': ['62%', '12px'], 'background-height': ['62%', '12px'], 'background-position-x': ['50%', '100%'], 'background-position-y': ['50%', '0%'], 'background-offset-x': ['0px', '4px'], 'background-offset-y': ['0px', '-4px'],
        'background-clip': ['node', 'none'], 'background-image-containment': ['inside', 'over'], 'background-fit': ['none', 'none'],
        label: 'data(label)', color: c.text, 'font-family': sans, 'font-size': 11, 'text-valign': 'bottom', 'text-margin-y': 3, 'text-outline-color': c.ground, 'text-outline-width': 2, 'border-width': 0, 'bounds-expansion': 8,
      } as unknown as cytoscape.Css.Node,
    },
    { selector: 'edge', style: { width: 'data(width)', 'line-color': c.edge, 'curve-style': 'straight', 'target-arrow-color': c.edge, 'target-arrow-shape': 'data(arrow)' as never, 'arrow-scale': 0.8, 'line-style': 'data(line)' as never, 'line-dash-pattern': [6, 4] } },
    { selector: 'edge[line = "dotted"]', style: { 'line-dash-pattern': [1.5, 4], 'line-cap': 'round' } },
    { selector: 'edge[?pill]', style: { label: 'data(pill)', 'font-family': sans, 'font-size': 10, 'font-weight': 600, color: c.text, 'text-background-color': c.ground, 'text-background-opacity': 1, 'text-background-shape': 'roundrectangle', 'text-background-padding': '2px', 'text-border-width': 0.8, 'text-border-color': c.edge, 'text-border-opacity': 1, 'min-zoomed-font-size': 6 } },
    { selector: 'edge.graded', style: { label: 'data(grade)', 'font-family': 'IBM Plex Mono, monospace', 'font-size': 9.5, color: c.text, 'text-background-color': c.ground, 'text-background-opacity': 1, 'text-background-padding': '2px', 'text-border-width': 0.8, 'text-border-color': c.edge, 'text-border-opacity': 1, 'min-zoomed-font-size': 6 } },
    { selector: 'node.pinned', style: { 'border-width': 3, 'border-style': 'double', 'border-color': c.text } },
    { selector: 'edge.path', style: { 'line-color': c.path, 'target-arrow-color': c.path, width: 3, 'z-index': 9, 'text-border-color': c.path } },
    { selector: 'node.path', style: { 'outline-width': 2.5, 'outline-color': c.path, 'outline-offset': 2 } as cytoscape.Css.Node },
    { selector: 'node:selected', style: { 'outline-width': 2.5, 'outline-color': c.focus, 'outline-offset': 4, 'text-margin-y': 8, 'font-weight': 600, 'font-size': 12 } as cytoscape.Css.Node },
    { selector: 'node.cursor', style: { 'underlay-color': c.focus, 'underlay-opacity': 0.28, 'underlay-padding': 9, 'underlay-shape': 'ellipse' } as cytoscape.Css.Node },
    { selector: 'node.at-right', style: { 'text-valign': 'center', 'text-halign': 'right', 'text-margin-x': 3, 'text-margin-y': 0 } },
    { selector: 'node.at-left', style: { 'text-valign': 'center', 'text-halign': 'left', 'text-margin-x': -3, 'text-margin-y': 0 } },
    { selector: 'node.at-above', style: { 'text-valign': 'top', 'text-halign': 'center', 'text-margin-y': -3 } },
    { selector: 'node.at-right:selected', style: { 'text-margin-x': 8 } },
    { selector: 'node.at-left:selected', style: { 'text-margin-x': -8 } },
    { selector: 'node.at-above:selected', style: { 'text-margin-y': -8 } },
    { selector: 'node.far', style: { opacity: 0.5 } },
    { selector: 'edge.far', style: { opacity: 0.45, label: '' } },
    { selector: 'node.quiet', style: { label: '' } },
    { selector: 'core', style: { 'selection-box-color': c.focus, 'selection-box-opacity': 0.12, 'selection-box-border-color': c.focus, 'selection-box-border-width': 1, 'active-bg-opacity': 0 } as never },
  ];
}

import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import { fourByFour, gradeCode, levelsOf, named, weak } from './claims';
import { colours, dot, glyph, stylesheet } from './chartstyle';
import type { Positions } from './desk.svelte';
import { look } from './kinds';
import { declutter } from './labels';
import layoutWorker from './layout.worker.ts?worker&url';
import type { Told } from './layout.worker';
import type { Theme } from './theme.svelte';
import { workerUrl } from './trusted';
import type { Claim, Entity, Path } from './types';

export interface Drawn { entities: Entity[]; links: Claim[]; positions: Positions; chosen: string[]; path: Path | null }
export interface ChartEvents { onchoose(tokens: string[]): void; onexpand(token: string): void; onmove(at: Positions): void; onsettle(at: Positions): void; onprogress(done: number): void; onwalk(token: string, links: number): void }
const BOTH_WAYS = new Set(['associated_with', 'kin_of', 'same_as', 'not_same_as']);
const pair = (a: string, b: string) => (a < b ? `${a} ${b}` : `${b} ${a}`);
/** A number in [0, 1) that a token always gives, so that the same sheet starts from the same places. */
function seed(token: string, salt: number): number {
  let h = 2166136261 ^ salt;
  for (const ch of token) h = Math.imul(h ^ ch.charCodeAt(0), 16777619);
  return (h >>> 0) / 4294967296;
}

/** The one place that knows Cytoscape: it draws what the desk holds and tells what the hand does. */
export class Chart {
  readonly cy: Core;
  private cursor: NodeSingular | undefined;
  private quiet = false;
  private worker: Worker | undefined;
  private relabel: () => void;

  constructor(private host: HTMLElement, private theme: Theme, private ev: ChartEvents) {
    this.cy = cytoscape({ container: host, elements: [], style: stylesheet(colours()), boxSelectionEnabled: true, selectionType: 'single', minZoom: 0.05, maxZoom: 4 });
    this.cy.on('select unselect', () => { if (!this.quiet) this.told(); });
    this.cy.on('dbltap', 'node', (e) => ev.onexpand((e.target as NodeSingular).id()));
    this.cy.on('dragfreeon', 'node', () => ev.onmove(this.positions()));
    this.relabel = declutter(this.cy);
  }
  destroy(): void { this.worker?.terminate(); this.cy.destroy(); }
  private told = debounce(() => this.ev.onchoose(this.cy.nodes(':selected').map((n) => n.id())));
  private positions(): Positions { return new Map(this.cy.nodes().map((n) => [n.id(), { ...n.position() }])); }
  retheme(theme: Theme): void {
    this.theme = theme;
    this.cy.style(stylesheet(colours()));
    this.cy.nodes().forEach((n) => { n.data(this.nodeData(n.data('kind') as string, n.data('level') as number)); });
  }
  /** Draw the labels anew, in the language that the page now speaks. */
  rename(entities: Entity[]): void {
    this.cy.batch(() => { for (const e of entities) this.cy.$id(e.token).data('label', named(e)); });
    this.relabel();
  }
  private nodeData(kind: string, level: number) {
    const of = look(kind);
    const pictures = level ? [glyph(kind, this.theme), dot(level, colours())] : [glyph(kind, this.theme)];
    return { fill: of[this.theme].fill, shape: of.shape, pictures, size: of.family === 'address' ? 27 : 22 };
  }

  /** Draw exactly this. New entities start beside what they hang on, and a layout puts them in order. */
  sync(d: Drawn): void {
    const levels = levelsOf(d.links);
    const bundles = new Map<string, Claim[]>();
    for (const c of d.links) {
      const key = pair(c.subject.token, c.object!.token);
      bundles.set(key, [...(bundles.get(key) ?? []), c]);
    }
    const want = new Set([...d.entities.map((e) => e.token), ...bundles.keys()]);
    const fresh = d.entities.filter((e) => this.cy.$id(e.token).empty());
    const unplaced = fresh.filter((e) => !d.positions.has(e.token));
    this.quiet = true;
    this.cy.batch(() => {
      this.cy.elements().filter((x) => !want.has(x.id())).remove();
      for (const e of fresh) this.cy.add({ group: 'nodes', data: { id: e.token, label: named(e), kind: e.kind, level: levels.get(e.token) ?? 0, ...this.nodeData(e.kind, levels.get(e.token) ?? 0) }, position: d.positions.get(e.token) ?? this.start(e.token, d) });
      for (const [key, claims] of bundles) this.drawLink(key, claims);
      for (const [token, at] of d.positions) this.cy.$id(token).position({ ...at });
      this.mark(d);
    });
    this.quiet = false;
    if (unplaced.length && !d.positions.size) this.fit();
    if (unplaced.length) void this.spread(d.entities.length === unplaced.length ? [] : d.entities.filter((e) => d.positions.has(e.token)).map((e) => e.token));
    this.relabel();
  }
  private start(token: string, d: Drawn): { x: number; y: number } {
    const link = d.links.find((c) => (c.subject.token === token && d.positions.has(c.object!.token)) || (c.object!.token === token && d.positions.has(c.subject.token)));
    const from = link ? d.positions.get(link.subject.token === token ? link.object!.token : link.subject.token)! : { x: 0, y: 0 };
    const angle = seed(token, 1) * 2 * Math.PI, far = 60 + seed(token, 2) * 60;
    return { x: from.x + Math.cos(angle) * far, y: from.y + Math.sin(angle) * far };
  }
  private drawLink(key: string, claims: Claim[]): void {
    const first = claims.find((c) => fourByFour(c.grade)) ?? claims[0]!;
    const data = {
      id: key, source: first.subject.token, target: first.object!.token, width: claims.length > 4 ? 3.8 : claims.length > 1 ? 2.4 : 1.2,
      pill: claims.length > 1 ? String(claims.length) : '', grade: claims.length > 1 ? String(claims.length) : gradeCode(first.grade),
      line: claims.every((c) => weak(c.grade)) ? 'dotted' : claims.every((c) => c.assertion === 'assessment') ? 'dashed' : 'solid',
      arrow: claims.length > 1 || BOTH_WAYS.has(first.predicate) ? 'none' : 'triangle',
    };
    const had = this.cy.$id(key);
    if (had.empty()) this.cy.add({ group: 'edges', data } as ElementDefinition);
    else had.data(data);
  }
  private mark(d: Drawn): void {
    const chosen = new Set(d.chosen);
    const on = new Set(d.path?.steps.flatMap((s) => [s.start.token, s.end.token, pair(s.start.token, s.end.token)]) ?? []);
    this.cy.nodes().forEach((n) => { if (chosen.has(n.id()) !== n.selected()) { if (chosen.has(n.id())) n.select(); else n.unselect(); } n.toggleClass('path', on.has(n.id())); n.toggleClass('far', on.size > 0 && !on.has(n.id())); });
    this.cy.edges().forEach((e) => { e.toggleClass('path', on.has(e.id())); e.toggleClass('far', !on.has(e.id()) && (on.size > 0 || chosen.size > 0) && !(on.size === 0 && (chosen.has(e.source().id()) || chosen.has(e.target().id())))); e.toggleClass('graded', !e.data('pill') && (on.has(e.id()) || chosen.has(e.source().id()) || chosen.has(e.target().id()))); });
  }

  /** ForceAtlas2 in a worker; pinned entities and those in `keep` stay where they are. */
  spread(keep: string[] = []): Promise<void> {
    this.worker?.terminate();
    const worker = new Worker(workerUrl(layoutWorker), { type: 'module' });
    this.worker = worker;
    const still = new Set(keep);
    const nodes = this.cy.nodes().map((n) => ({ id: n.id(), ...n.position(), size: n.width() / 2 + 8, fixed: n.locked() || still.has(n.id()) }));
    worker.postMessage({ nodes, edges: this.cy.edges().map((e) => [e.source().id(), e.target().id()]), rounds: 400 });
    return new Promise((done) => {
      worker.onmessage = ({ data }: MessageEvent<Told>) => {
        this.ev.onprogress(data.done);
        if (!data.at) return;
        worker.terminate();
        const wide = still.size || this.cy.nodes().toArray().some((n) => n.locked()) ? 1 : this.width(data.at);
        this.cy.batch(() => { for (const [id, x, y] of data.at!) { const n = this.cy.$id(id); if (!n.locked() && !still.has(id)) n.position({ x: x * wide, y }); } });
        this.ev.onsettle(this.positions());
        this.fit(this.cy.elements('.path').nonempty() ? 'path' : 'all');
        done();
      };
    });
  }
  /** How much wider a layout may be drawn to fill the sheet, which is wider than it is high. */
  private width(at: [string, number, number][]): number {
    const span = (i: 1 | 2) => Math.max(...at.map((p) => p[i])) - Math.min(...at.map((p) => p[i])) || 1;
    return Math.min(1.7, Math.max(1, ((this.cy.width() / Math.max(1, this.cy.height())) * span(2)) / span(1)));
  }
  /** Show all, or the path alone, clear of the box with its steps where there is one and room beside it. */
  fit(only: 'all' | 'path' = 'all'): void {
    if (this.cy.nodes().empty()) return;
    const on = this.cy.elements('.path');
    const show = only === 'path' && on.nonempty() ? on : this.cy.elements();
    const box = this.host.parentElement?.querySelector('.pathbox') as HTMLElement | null;
    const all = show.boundingBox(), pad = only === 'path' ? 48 : 20, w = this.cy.width(), h = this.cy.height();
    // beside the box or below it, whichever shows more
    const right = box ? box.offsetLeft + box.offsetWidth : 0, below = box ? box.offsetTop + box.offsetHeight : 0;
    const rooms = box ? [{ x: right, y: 0 }, { x: 0, y: below }] : [{ x: 0, y: 0 }];
    const zoomed = rooms.map((r) => ({ ...r, zoom: Math.min(1.1, (w - r.x - 2 * pad) / all.w, (h - r.y - 2 * pad) / all.h) })).toSorted((m, n) => n.zoom - m.zoom)[0]!;
    const { x, y } = zoomed, zoom = Math.max(0.05, zoomed.zoom);
    this.cy.viewport({ zoom, pan: { x: (x + w) / 2 - (zoom * (all.x1 + all.x2)) / 2, y: (y + h) / 2 - (zoom * (all.y1 + all.y2)) / 2 } });
  }
  zoom(by: number): void { this.cy.zoom({ level: this.cy.zoom() * by, renderedPosition: { x: this.host.clientWidth / 2, y: this.host.clientHeight / 2 } }); }
  pin(): void {
    const s = this.cy.nodes(':selected');
    const locked = s.nonempty() && s.toArray().every((n) => n.locked());
    if (locked) s.unlock(); else s.lock();
    s.toggleClass('pinned', !locked);
  }
  chooseAll(): void { this.cy.nodes().select(); }
  invert(): void { const s = this.cy.nodes(':selected'); this.cy.nodes().not(s).select(); s.unselect(); }
  /** Walk to the nearest linked entity in a direction, else to the nearest of all. */
  walk(d: [number, number]): void {
    if (this.cursor?.removed() || !this.cursor) return this.moveTo(this.hub());
    const from = this.cursor, p = from.position();
    let best: NodeSingular | undefined, score = Infinity;
    for (const pool of [from.neighborhood('node'), this.cy.nodes()]) {
      pool.forEach((x) => {
        const n = x as NodeSingular;
        if (n.same(from)) return;
        const q = n.position(), dx = q.x - p.x, dy = q.y - p.y, along = dx * d[0] + dy * d[1], off = Math.abs(dx * d[1]) + Math.abs(dy * d[0]);
        if (along > 0 && off <= along * 1.2 && along + off < score) { score = along + off; best = n; }
      });
      if (best) break;
    }
    if (best) this.moveTo(best);
  }
  private hub(): NodeSingular | undefined { return this.cy.nodes(':selected')[0] ?? this.cy.nodes().toArray().sort((a, b) => b.degree(false) - a.degree(false))[0]; }
  private moveTo(n: NodeSingular | undefined): void {
    if (!n) return;
    this.cursor?.removeClass('cursor');
    this.cursor = n;
    n.addClass('cursor');
    this.ev.onwalk(n.id(), n.degree(false));
    const e = this.cy.extent(), p = n.position();
    if (p.x < e.x1 || p.x > e.x2 || p.y < e.y1 || p.y > e.y2) this.cy.center(n);
    this.relabel();
  }
  /** The entity the keys stand on. */
  at(): string | undefined { return this.cursor && !this.cursor.removed() ? this.cursor.id() : undefined; }
  pick(add: boolean): void {
    const n = this.cursor;
    if (!n || n.removed()) return;
    if (!add) this.cy.nodes(':selected').not(n).unselect();
    if (add && n.selected()) n.unselect(); else n.select();
  }
  leave(): void { this.cursor?.removeClass('cursor'); this.cursor = undefined; this.cy.nodes(':selected').unselect(); }
}
function debounce(f: () => void): () => void {
  let waiting = 0;
  return () => { window.clearTimeout(waiting); waiting = window.setTimeout(f, 0); };
}

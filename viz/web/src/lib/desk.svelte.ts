/** The sheet of the desk: what lies on it, what is chosen, what is filtered away, and every step back. */
import { bounds, dated, fourByFour, named } from './claims';
import { graph } from './client';
import { t, tn } from './i18n.svelte';
import { app, tell } from './state.svelte';
import { highest } from './shown.svelte';
import type { Claim, Entity, Level, Path, Subgraph } from './types';

export type Positions = Map<string, { x: number; y: number }>;
interface Sheet { entities: Map<string, Entity>; links: Map<string, Claim>; hidden: Set<string>; positions: Positions; marking: Level | null }
const empty = (): Sheet => ({ entities: new Map(), links: new Map(), hidden: new Set(), positions: new Map(), marking: null });
export const TOO_MANY = 80;
export type Pick = 'newest' | 'strongest' | 'all';

export class Desk {
  sheet = $state.raw<Sheet>(empty());
  chosen = $state.raw<string[]>([]);
  path = $state.raw<Path | null>(null);
  pathKind = $state<'shortest' | 'time'>('shortest');
  /** The ends last asked for when there was no path between them. */
  noPath = $state.raw<[Entity, Entity] | null>(null);
  offKinds = $state.raw(new Set<string>());
  offGrades = $state.raw(new Set<string>());
  offAssertions = $state.raw(new Set<string>());
  offSources = $state.raw(new Set<string>());
  window = $state.raw<[number, number] | null>(null);
  /** Too many neighbours to draw unasked. */
  crowd = $state.raw<{ entity: Entity; answer: Subgraph } | null>(null);
  /** Parties of the case; a search waits for them, so that its list does not change under the hand. */
  parties = $state.raw<Entity[]>([]);
  ready: Promise<unknown> = Promise.resolve();
  /** On a narrow screen the panel of search and filters is opened by a button. */
  panel = $state(false);
  private past = $state.raw<Sheet[]>([]);
  private future = $state.raw<Sheet[]>([]);
  private fetched = new Map<string, Subgraph>();

  readonly canUndo = $derived(this.past.length > 0);
  readonly canRedo = $derived(this.future.length > 0);
  readonly entities = $derived([...this.sheet.entities.values()]);
  readonly links = $derived([...this.sheet.links.values()]);
  /** Links that every filter lets through, whichever of their ends shows. */
  readonly openLinks = $derived(this.links.filter((c) => this.passes(c)));
  readonly shown = $derived(this.entities.filter((e) => !this.sheet.hidden.has(e.token) && !this.offKinds.has(e.kind)));
  readonly shownTokens = $derived(new Set(this.shown.map((e) => e.token)));
  readonly shownLinks = $derived(this.openLinks.filter((c) => this.shownTokens.has(c.subject.token) && this.shownTokens.has(c.object?.token ?? '')));
  readonly undrawn = $derived.by(() => {
    const seen = new Set<string>();
    let more = 0;
    for (const token of this.sheet.entities.keys()) {
      const got = this.fetched.get(token);
      more += got?.more ?? 0;
      for (const c of got?.links ?? []) if (!this.sheet.links.has(c.token)) seen.add(c.token);
    }
    return more + seen.size + this.links.length - this.shownLinks.length;
  });
  readonly last = $derived(this.sheet.entities.get(this.chosen.at(-1) ?? ''));

  private nameOf(token: string): string {
    const e = this.sheet.entities.get(token);
    return e ? named(e) : '';
  }
  /** Several as one step, with what joins at least two of them; the rest of their neighbours wait for a wish to expand. */
  async placeAll(entities: Entity[]): Promise<void> {
    const answers = await Promise.all(entities.map((e) => this.around(e)));
    const times = new Map<string, number>();
    for (const a of answers) for (const e of a.entities) times.set(e.token, (times.get(e.token) ?? 0) + 1);
    const joining = answers.flatMap((a) => a.entities).filter((e) => (times.get(e.token) ?? 0) > 1);
    const n = this.add([...entities, ...joining], answers.flatMap((a) => a.links), answers.map((a) => a.marking));
    tell(t('desk.expanded', { n, name: entities.map(named).join(', ') }));
  }
  private passes(c: Claim): boolean {
    const cell = fourByFour(c.grade);
    if (cell && this.offGrades.has(cell.join(''))) return false;
    if (this.offAssertions.has(c.assertion) || this.offSources.has(c.source)) return false;
    if (!this.window || !dated(c.valid)) return true;
    const [from, to] = bounds(c.valid);
    return from <= this.window[1] && to >= this.window[0];
  }
  private step(next: Partial<Sheet>): void {
    this.past = [...this.past.slice(-99), this.sheet];
    this.future = [];
    this.sheet = { ...this.sheet, ...next };
  }
  undo(): void {
    const back = this.past.at(-1);
    if (!back) return tell(t('desk.nothing.undo'));
    this.past = this.past.slice(0, -1);
    this.future = [...this.future, this.sheet];
    this.sheet = back;
    this.chosen = this.chosen.filter((c) => back.entities.has(c));
    tell(t('desk.undone'));
  }
  redo(): void {
    const next = this.future.at(-1);
    if (!next) return tell(t('desk.nothing.redo'));
    this.future = this.future.slice(0, -1);
    this.past = [...this.past, this.sheet];
    this.sheet = next;
    tell(t('desk.redone'));
  }
  choose(tokens: string[]): void {
    this.chosen = tokens;
    const degree = (e: string) => this.shownLinks.filter((c) => c.subject.token === e || c.object?.token === e).length;
    const words = tokens.slice(-2).map((x) => `${this.nameOf(x)}, ${tn('path.links', degree(x))}`);
    tell(tokens.length ? t('desk.chosen', { n: tokens.length, what: words.join(', ') }) : '');
  }
  moved(positions: Positions): void {
    this.step({ positions: new Map([...this.sheet.positions, ...positions]) });
  }
  /** Positions that follow from a layout, not from a hand: no step of their own. */
  settle(positions: Positions): void {
    this.sheet = { ...this.sheet, positions: new Map([...this.sheet.positions, ...positions]) };
  }
  /** Lay entities and the links among them on the sheet, with the levels of the answers that they came in. */
  add(entities: Entity[], links: Claim[], levels: Level[]): number {
    const all = new Map(this.sheet.entities);
    const before = all.size;
    for (const e of entities) all.set(e.token, e);
    const lines = new Map(this.sheet.links);
    for (const c of links) if (c.object && all.has(c.subject.token) && all.has(c.object.token)) lines.set(c.token, c);
    const hidden = new Set(this.sheet.hidden);
    for (const e of entities) hidden.delete(e.token);
    const marking = highest([this.sheet.marking, ...levels]) ?? null;
    if (all.size !== before || lines.size !== this.sheet.links.size || hidden.size !== this.sheet.hidden.size) this.step({ entities: all, links: lines, hidden, marking });
    return all.size - before;
  }
  private async around(entity: Entity): Promise<Subgraph> {
    const had = this.fetched.get(entity.token);
    if (had) return had;
    const answer = await graph.neighbours(app.view!.id, entity.token, 500);
    this.fetched.set(entity.token, answer);
    return answer;
  }
  /** Put an entity on the sheet with its neighbours; where they are a crowd, it is asked first. */
  async place(found: Entity): Promise<void> {
    // what was found may be joined to another entity: it lies on the sheet under the name they share
    const { entity } = await graph.card(app.view!.id, found.token);
    this.chosen = [entity.token];
    await this.expand(entity);
  }
  async expand(entity: Entity): Promise<void> {
    const answer = await this.around(entity);
    const fresh = answer.entities.filter((e) => !this.sheet.entities.has(e.token));
    if (fresh.length > TOO_MANY) {
      this.add([entity], answer.links, [answer.marking]);
      this.crowd = { entity, answer };
      return tell(t('desk.crowd', { n: fresh.length, name: named(entity) }));
    }
    const n = this.add([entity, ...answer.entities], answer.links, [answer.marking]);
    tell(n ? t('desk.expanded', { n, name: named(entity) }) : t('desk.expanded.none', { name: named(entity) }));
  }
  expandPart(how: Pick): void {
    if (!this.crowd) return;
    const { entity, answer } = this.crowd;
    const sort: Record<Pick, (a: Claim, b: Claim) => number> = {
      newest: (a, b) => (b.valid.start ?? '').localeCompare(a.valid.start ?? ''),
      strongest: (a, b) => a.grade.localeCompare(b.grade),
      all: () => 0,
    };
    const own = answer.links.filter((c) => c.subject.token === entity.token || c.object?.token === entity.token).sort(sort[how]);
    const want = new Set<string>();
    for (const c of own) {
      if (how !== 'all' && want.size >= 50) break;
      want.add(c.subject.token === entity.token ? (c.object?.token ?? '') : c.subject.token);
    }
    const n = this.add([entity, ...answer.entities.filter((e) => want.has(e.token))], answer.links, [answer.marking]);
    this.crowd = null;
    tell(t('desk.expanded', { n, name: named(entity) }));
  }
  /** Draw none of a crowd; say that they are there and how to get them. */
  dropCrowd(): void {
    if (!this.crowd) return;
    const { entity, answer } = this.crowd;
    const n = answer.entities.filter((e) => !this.sheet.entities.has(e.token)).length + answer.more;
    this.crowd = null;
    tell(t('desk.crowd.left', { n, name: named(entity) }));
  }
  hide(tokens: string[]): void {
    if (!tokens.length) return;
    this.step({ hidden: new Set([...this.sheet.hidden, ...tokens]) });
    this.chosen = [];
    tell(t('desk.hidden', { n: tokens.length }));
  }
  unhide(): void {
    if (!this.sheet.hidden.size) return;
    tell(t('desk.unhidden', { n: this.sheet.hidden.size }));
    this.step({ hidden: new Set() });
  }
  clear(): void {
    this.step(empty());
    this.chosen = [];
    this.path = null;
    this.noPath = null;
  }
  /** The path between the two chosen, as links or as links that follow one another in time. */
  async find(kind: 'shortest' | 'time'): Promise<void> {
    this.pathKind = kind;
    const ends = this.path && this.chosen.length !== 2 ? [this.path.steps[0]!.start, this.path.steps.at(-1)!.end] : this.noPath && this.chosen.length !== 2 ? this.noPath : this.chosen.map((c) => this.sheet.entities.get(c)!);
    if (ends.length !== 2) return tell(t('desk.two'));
    const [a, b] = ends as [Entity, Entity];
    const { path } = await graph.path(app.view!.id, a.token, b.token, kind);
    this.path = path;
    this.noPath = path ? null : [a, b];
    if (!path) return tell(t('path.none', { a: named(a), b: named(b) }));
    this.add(path.steps.flatMap((s) => [s.start, s.end]), path.steps.map((s) => s.claim), [path.marking]);
    this.choose([a.token, b.token]);
    tell(t('path.found', { n: path.steps.length, names: [path.steps[0]!.start, ...path.steps.map((s) => s.end)].map(named).join(', ') }));
  }
  dropPath(): void {
    this.path = null;
    this.noPath = null;
  }
}

const desks = new Map<string, Desk>();
/** The sheet of a case and purpose lives as long as the page: a renewed view finds it again. */
export function deskOf(partition: string): Desk {
  const found = desks.get(partition) ?? new Desk();
  desks.set(partition, found);
  return found;
}

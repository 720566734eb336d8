/** What all pages share: who is signed in, which view is open, what the server is. */
import { house, names, onProblem, Problem, session, stops, views } from './client';
import { t } from './i18n.svelte';
import { go, route } from './router.svelte';
import type { Health, Kind, Labels, Notice, Ontology, OpenAgain, OpenView, Persona, Session, Stop, View } from './types';

const VIEW = 'krydsfelt.view';
const ASK = 'krydsfelt.ask';

class State {
  started = $state(false);
  health = $state.raw<Health>();
  ontology = $state.raw<Ontology>();
  actor = $state.raw<Persona | null>(null);
  personas = $state.raw<Persona[]>([]);
  /** How one may sign in here, and how this one did. */
  ways = $state.raw<Session['ways']>({ persona: false, password: false });
  way = $state.raw<Session['way']>(null);
  /** The last day of one's own rights. */
  rightsUntil = $state.raw<string | null>(null);
  view = $state.raw<View | null>(null);
  /** When the last view closed by itself; the page is cleared and offers to open it again. */
  closed = $state.raw<Date | null>(null);
  lost = $state.raw<Date | null>(null);
  now = $state.raw(new Date());
  said = $state('');
  /** How the stop buttons stand; everybody sees it. */
  stops = $state.raw<Stop[]>([]);
  notices = $state.raw<Notice[]>([]);
  readonly unseen = $derived(this.notices.filter((n) => !n.seen).length);
  /** The view's id changes when it is renewed; pages load anew when its case or purpose does. */
  readonly partition = $derived(this.view ? `${this.view.purpose} ${this.view.case?.id ?? ''}` : '');
  readonly minutes = $derived(this.view ? (new Date(this.view.expires).getTime() - this.now.getTime()) / 60_000 : 0);
}
export const app = new State();

/** Speak in the live region at the foot of the page. */
export const tell = (text: string): void => { app.said = text; };

export const kindOf = (name: string): Kind | undefined => app.ontology?.kinds.find((k) => k.name === name);
export const predicateLabel = (name: string): Labels => app.ontology?.predicates.find((p) => p.name === name)?.label ?? { da: name, en: name };
/** The words of a code (purpose, basis, reason, ...), from the code lists of the ontology. */
export function codeLabel(code: string): Labels {
  for (const list of Object.values(app.ontology?.codes ?? {})) {
    const found = list.find((c) => c.code === code);
    if (found) return found.label;
  }
  return { da: code, en: code };
}

export async function start(): Promise<void> {
  onProblem(heard);
  window.addEventListener('online', () => { app.lost = null; });
  setInterval(tick, 15_000);
  const [health, ontology, who] = await Promise.allSettled([house.health(), house.ontology(), session.read()]);
  if (health.status === 'fulfilled') app.health = health.value;
  if (ontology.status === 'fulfilled') app.ontology = ontology.value;
  if (who.status === 'fulfilled') signedIn(who.value);
  const kept = sessionStorage.getItem(VIEW);
  if (app.actor && kept) app.view = await views.read(kept).catch(() => null);
  app.started = true;
}
function heard(p: Problem): void {
  if (p.code === 'offline') app.lost ??= new Date();
  else app.lost = null;
  if (p.status === 401 && app.actor) leave();
  if (p.code.startsWith('stopped-')) void readStops();
}
/** Asked every quarter of a minute for the eye alone; the server asks at every act. */
export async function readStops(): Promise<void> {
  app.stops = await stops.read().catch(() => app.stops);
}
/** Every reading is an act in the log, so it is asked seldom: at the start, on the page, and every ten minutes. */
export async function readNotices(): Promise<void> {
  app.notices = await names.notices().catch(() => app.notices);
}
let ticks = 0;
function tick(): void {
  app.now = new Date();
  if (app.actor) void readStops();
  if (app.actor && ++ticks % 40 === 0) void readNotices();
  if (app.view && app.minutes <= 0) {
    app.closed = new Date(app.view.expires);
    app.view = null;
    sessionStorage.removeItem(VIEW);
    tell(t('view.closed.short'));
  }
}
export function signedIn(who: Session): void {
  app.actor = who.actor;
  if (who.actor) void Promise.all([readStops(), readNotices()]);
  app.personas = who.personas;
  app.ways = who.ways;
  app.way = who.way ?? null;
  app.rightsUntil = who.rights_until ?? null;
}
function leave(): void {
  app.actor = null;
  app.view = null;
  app.closed = null;
  sessionStorage.clear();
  location.assign('/log-ind'); // a new load: nothing of what was seen stays in memory for the next person
}
export async function signOut(): Promise<void> {
  await session.signOut().catch(() => undefined);
  leave();
}
export const open = (ask: OpenView): Promise<View> => opened(() => views.open(ask), ask);
/** The same case and purpose once more in this shift: the reason is kept, and dated. */
export const openAgain = (ask: OpenAgain): Promise<View> => opened(() => views.again(ask), ask);
async function opened(asking: () => Promise<View>, ask: OpenAgain): Promise<View> {
  const before = app.view;
  const view = await asking();
  if (before) void views.close(before.id).catch(() => undefined);
  sessionStorage.setItem(VIEW, view.id);
  const { purpose, case: of, legal_basis, as_of, valid } = ask;
  sessionStorage.setItem(ASK, JSON.stringify({ purpose, case: of, legal_basis, as_of, valid }));
  app.view = view;
  app.closed = null;
  app.now = new Date();
  return view;
}
/** The same purpose, case, basis and reason once more: a new view, and what is on the page stays. */
export async function renew(): Promise<void> {
  const kept = sessionStorage.getItem(ASK);
  const page = `/aabn-visning?til=${encodeURIComponent(route.path)}`;
  if (!kept) return go(page);
  try {
    await openAgain(JSON.parse(kept) as OpenAgain);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 403) throw error;
    return go(page); // the shift has passed, or a right has: the page of purposes says which
  }
  tell(t('view.renewed'));
}
/** Close the view before its time and leave what it showed. */
export async function closeView(to: string): Promise<void> {
  const view = app.view;
  if (view) await views.close(view.id).catch(() => undefined);
  sessionStorage.removeItem(VIEW);
  sessionStorage.removeItem(ASK);
  app.view = null;
  go(to);
}
export const role = (name: string): boolean => app.actor?.roles.includes(name) ?? false;
const LOOKERS = ['analyst', 'planner', 'liaison', 'custodian', 'inspector'];
/** Whoever is here for the house or to bring people together opens no view. */
export const keepsHouse = (): boolean => !!app.actor && !app.actor.roles.some((r) => LOOKERS.includes(r));
/** The first page of those who open none. */
export const houseStart = (): string => (role('admin') ? '/drift' : '/beskeder');

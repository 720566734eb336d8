/** What all pages share: who is signed in, which view is open, what the server is. */
import { house, onProblem, Problem, session, views } from './client';
import { t } from './i18n.svelte';
import { go, route } from './router.svelte';
import type { Health, Kind, Labels, Ontology, OpenView, Persona, Session, View } from './types';

const VIEW = 'krydsfelt.view';
const ASK = 'krydsfelt.ask';

class State {
  started = $state(false);
  health = $state.raw<Health>();
  ontology = $state.raw<Ontology>();
  actor = $state.raw<Persona | null>(null);
  personas = $state.raw<Persona[]>([]);
  view = $state.raw<View | null>(null);
  /** When the last view closed by itself; the page is cleared and offers to open it again. */
  closed = $state.raw<Date | null>(null);
  lost = $state.raw<Date | null>(null);
  now = $state.raw(new Date());
  said = $state('');
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
}
function tick(): void {
  app.now = new Date();
  if (app.view && app.minutes <= 0) {
    app.closed = new Date(app.view.expires);
    app.view = null;
    sessionStorage.removeItem(VIEW);
    tell(t('view.closed.short'));
  }
}
export function signedIn(who: Session): void {
  app.actor = who.actor;
  app.personas = who.personas;
}
function leave(): void {
  app.actor = null;
  app.view = null;
  app.closed = null;
  sessionStorage.clear();
  go('/log-ind');
}
export async function signOut(): Promise<void> {
  await session.signOut().catch(() => undefined);
  leave();
}
export async function open(ask: OpenView): Promise<View> {
  const before = app.view;
  const view = await views.open(ask);
  if (before) void views.close(before.id).catch(() => undefined);
  sessionStorage.setItem(VIEW, view.id);
  sessionStorage.setItem(ASK, JSON.stringify(ask));
  app.view = view;
  app.closed = null;
  app.now = new Date();
  return view;
}
/** The same purpose, case, basis and reason once more: a new view, and what is on the page stays. */
export async function renew(): Promise<void> {
  const kept = sessionStorage.getItem(ASK);
  if (!kept) return go(`/aabn-visning?til=${encodeURIComponent(route.path)}`);
  await open(JSON.parse(kept) as OpenView);
  tell(t('view.renewed'));
}
export const role = (name: string): boolean => app.actor?.roles.includes(name) ?? false;

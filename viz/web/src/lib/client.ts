/** Every request of the pages goes through here. */
import type { FeatureCollection } from 'geojson';
import type * as T from './types';

export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, detail: string) {
    super(detail);
  }
}
const base = '/api/v1';
let listener: (p: Problem) => void = () => {};
/** Who hears of every refusal: the frame, which knows what 401 and a lost connection mean. */
export const onProblem = (f: (p: Problem) => void) => { listener = f; };

async function send(method: string, path: string, body?: BodyInit, type?: string): Promise<Response> {
  const heads: Record<string, string> = { Accept: 'application/json' };
  if (type) heads['Content-Type'] = type;
  let answer: Response;
  try {
    answer = await fetch(base + path, { method, body, headers: heads, credentials: 'same-origin' });
  } catch {
    return fail(new Problem(0, 'offline', ''));
  }
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
  return fail(new Problem(answer.status, said.code ?? 'http', said.detail ?? answer.statusText));
}
function fail(p: Problem): never {
  listener(p);
  throw p;
}
const get = async <A>(path: string): Promise<A> => (await send('GET', path)).json() as Promise<A>;
const post = async <A>(path: string, body: unknown): Promise<A> => (await send('POST', path, JSON.stringify(body), 'application/json')).json() as Promise<A>;
const drop = async (path: string): Promise<void> => void (await send('DELETE', path));
const q = (of: Record<string, string | number | string[] | undefined>) => {
  const p = new URLSearchParams();
  for (const [k, v] of Object.entries(of)) if (v !== undefined) for (const one of Array.isArray(v) ? v : [v]) p.append(k, String(one));
  const text = p.toString();
  return text ? `?${text}` : '';
};
const e = encodeURIComponent;
const v = (view: string) => `/views/${e(view)}`;

let borders: Promise<FeatureCollection & { attribution?: string }> | undefined;
export const house = {
  health: () => get<T.Health>('/health'),
  ontology: () => get<T.Ontology>('/ontology'),
  initiatives: () => get<T.Plan>('/initiatives'),
  /** The borders do not change: asked for once, and again only after a failure. */
  map: () => (borders ??= get<FeatureCollection & { attribution?: string }>('/map').catch((e: unknown) => { borders = undefined; throw e; })),
};
export const session = {
  read: () => get<T.Session>('/session'),
  signIn: (persona: string) => post<T.Session>('/session', { persona }),
  withPassword: (ask: T.PasswordSignIn) => post<T.Session>('/session/password', ask),
  /** Who one is, once more, for what cannot be taken back; views stay open. */
  prove: (proof: T.Proof) => post<T.Session>('/session/proof', proof),
  signOut: () => drop('/session'),
  openings: () => get<T.Openings>('/openings'),
};
export const views = {
  open: (ask: T.OpenView) => post<T.View>('/views', ask),
  /** With the reason given for this case and purpose before in this shift. */
  again: (ask: T.OpenAgain) => post<T.View>('/views/again', ask),
  given: () => get<T.GivenReason[]>('/views/again'),
  read: (view: string) => get<T.View>(v(view)),
  close: (view: string) => drop(v(view)),
  print: async (view: string, mark: string, page: string) => void (await send('POST', `${v(view)}/prints`, JSON.stringify({ mark, page }), 'application/json')),
};
export const stops = {
  read: () => get<T.Stop[]>('/stops'),
  turn: (button: T.Stop['button'], how: 'press' | 'lift', reason: string) => post<T.Stop>(`/stops/${button}/${how}`, { reason }),
};
export const why = {
  claim: (view: string, claim: string, act: string) => get<T.Why>(`${v(view)}/claims/${e(claim)}/why${q({ act })}`),
  bounds: (view: string) => get<T.Bounds>(`${v(view)}/why`),
};
export const names = {
  grants: () => get<T.Grant[]>('/grants'),
  ask: (view: string, ref: string, reason: string, hours: number) => post<T.Grant>(`${v(view)}/grants`, { subjects: [{ ref }], reason, hours }),
  alone: (view: string, ref: string, reason: string) => post<T.Grant>(`${v(view)}/grants/emergency`, { ref, reason }),
  approve: (grant: string, note: string) => post<T.Grant>(`/grants/${e(grant)}/approve`, { note }),
  end: (grant: string, how: 'refuse' | 'withdraw', reason: string) => post<T.Grant>(`/grants/${e(grant)}/${how}`, { reason }),
  review: (grant: string, verdict: 'justified' | 'unjustified', remark: string) => post<T.Grant>(`/grants/${e(grant)}/review`, { verdict, remark }),
  notices: () => get<T.Notice[]>('/notices'),
  seen: async (notice: string) => void (await send('PATCH', `/notices/${e(notice)}`, JSON.stringify({ seen: true }), 'application/json')),
  parties: (view: string) => get<T.Party[]>(`${v(view)}/parties`),
  enter: (view: string, party: T.EnterParty) => post<T.Party[]>(`${v(view)}/parties`, party),
  endParty: (view: string, party: string, reason: string) => post<T.Party[]>(`${v(view)}/parties/${e(party)}/end`, { reason }),
};
export const glass = {
  list: () => get<T.Glass[]>('/glass'),
  ask: (of: string, reason: string) => post<T.Glass>('/glass', { case: of, reason }),
  approve: (id: string) => post<T.Glass>(`/glass/${e(id)}/approve`, {}),
  end: (id: string) => post<T.Glass>(`/glass/${e(id)}/end`, {}),
  review: (id: string, verdict: 'justified' | 'unjustified', remark: string) => post<T.Glass>(`/glass/${e(id)}/review`, { verdict, remark }),
};
export const rights = {
  list: () => get<T.Rights[]>('/rights'),
  decide: (user: string, how: 'confirm' | 'lapse' | 'take-back') => post<T.Rights>(`/rights/${e(user)}/${how}`, {}),
};
export const channels = {
  overlaps: () => get<T.Overlap[]>('/overlaps'),
  tell: (overlap: string, reason: string) => post<T.Overlap>(`/overlaps/${e(overlap)}/tell`, { reason }),
  why: (overlap: string) => get<T.OverlapWhy>(`/overlaps/${e(overlap)}/why`),
  questions: () => get<T.Questions>('/questions'),
  ask: (view: string, identifier: string, reason: string) => post<T.Questions['own'][number]>(`${v(view)}/questions`, { identifier, reason }),
  restricted: (view: string, ref: string) => get<T.Restricted>(`${v(view)}/entities/${e(ref)}/restricted`),
  answer: async (question: string, answer: 'hit' | 'no-hit') => void (await send('POST', `/questions/${e(question)}/answer`, JSON.stringify({ answer }), 'application/json')),
};
export interface Period { since?: string | undefined; until?: string | undefined }
const audited = (view: string) => `${v(view)}/audit`;
export const audit = {
  report: (view: string, of: Period) => get<T.AuditReport>(`${audited(view)}/report${q({ ...of })}`),
  refusals: async (view: string, of: Period, user: string) => (await get<{ refusals: T.Act[] }>(`${audited(view)}/refusals${q({ ...of, user })}`)).refusals,
  whoLooked: async (view: string, entity: string, of: Period) => (await get<{ looks: T.Look[] }>(`${audited(view)}/who-looked${q({ entity, ...of })}`)).looks,
  alerts: async (view: string, of: Period) => (await get<{ alerts: T.Alert[] }>(`${audited(view)}/alerts${q({ ...of })}`)).alerts,
  overlaps: (view: string) => get<T.Overlap[]>(`${audited(view)}/overlaps`),
  verify: (view: string) => get<T.Verification>(`${audited(view)}/verification`),
  replay: (view: string, n: number) => get<T.Replay>(`${audited(view)}/acts/${n}/replay`),
  sample: async (view: string, seed: number, count: number, of: Period) => (await get<{ acts: T.Drawn[] }>(`${audited(view)}/sample${q({ seed, count, ...of })}`)).acts,
  review: (view: string, n: number, verdict: T.Review['verdict'], note: string) => post<T.Review>(`${audited(view)}/acts/${n}/reviews`, { verdict, note }),
};
export const graph = {
  search: (view: string, text: string, kind: string[] = [], limit = 20) => get<T.SearchAnswer>(`${v(view)}/search${q({ q: text, kind, limit })}`),
  card: (view: string, ref: string) => get<T.Card>(`${v(view)}/entities/${e(ref)}`),
  neighbours: (view: string, ref: string, limit = 200, only: { predicate?: string[]; kind?: string[] } = {}) => get<T.Subgraph>(`${v(view)}/entities/${e(ref)}/neighbours${q({ limit, ...only })}`),
  /** Special categories of one entity: a look of its own, after a fresh sign-in. */
  vault: (view: string, ref: string) => get<T.Vault>(`${v(view)}/entities/${e(ref)}/vault`),
  path: (view: string, start: string, end: string, kind: 'shortest' | 'time', overlap: 'possible' | 'certain' = 'possible') =>
    get<T.PathAnswer>(`${v(view)}/paths${q({ start, end, kind, overlap })}`),
  record: (view: string, claim: string) => get<T.RecordOut>(`${v(view)}/claims/${e(claim)}/record`),
  case: (view: string) => get<T.CaseOut>(`${v(view)}/case`),
};
export const analyses = {
  start: (view: string, name: string, parameters: Record<string, string | number | boolean> = {}) => post<T.Run>(`${v(view)}/analyses/${e(name)}`, { parameters }),
  run: (view: string, run: string) => get<T.Run>(`${v(view)}/runs/${e(run)}`),
  cancel: (view: string, run: string) => drop(`${v(view)}/runs/${e(run)}`),
  events: (view: string, run: string) => new EventSource(`${base}${v(view)}/runs/${e(run)}/events`),
  findings: (view: string) => get<T.FindingHead[]>(`${v(view)}/findings`),
  finding: (view: string, id: string) => get<T.Finding>(`${v(view)}/findings/${e(id)}`),
  plans: (view: string) => get<T.PlanKept[]>(`${v(view)}/plans`),
  keep: (view: string, plan: T.KeepPlan) => post<T.PlanKept>(`${v(view)}/plans`, plan),
};
export const exchange = {
  partners: (view: string) => get<T.Partner[]>(`${v(view)}/partners`),
  requests: (view: string) => get<T.ExchangeRequest[]>(`${v(view)}/requests`),
  candidates: (view: string, partner: string) => get<T.Preview>(`${v(view)}/packages/candidates${q({ partner })}`),
  preview: (view: string, ask: T.PackageAsk) => post<T.Preview>(`${v(view)}/packages/preview`, ask),
  make: (view: string, ask: T.PackageAsk) => post<T.Package>(`${v(view)}/packages`, ask),
  register: (view: string) => get<T.Package[]>(`${v(view)}/packages`),
  file: async (view: string, id: string) => (await send('GET', `${v(view)}/packages/${e(id)}/file`)).blob(),
  verify: async (view: string, file: Blob) =>
    (await send('POST', `${v(view)}/packages/verify`, file, 'application/octet-stream')).json() as Promise<T.Verified>,
};

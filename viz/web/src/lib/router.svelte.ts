/** Addresses by the history API: the server answers every one with the same page. */
class Route {
  path = $state(location.pathname);
  query = $state.raw(new URLSearchParams(location.search));
  read() {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }
}
export const route = new Route();

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to !== location.pathname + location.search) {
    delete document.documentElement.dataset.ready;
    if (how === 'push') history.pushState(null, '', to);
    else history.replaceState(null, '', to);
  }
  route.read();
  if (!new URL(to, location.href).hash) window.scrollTo(0, 0);
}
window.addEventListener('popstate', () => route.read());

/** Plain links inside the product change the address without a new load; everything else is the browser's. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a[href]');
  if (!(link instanceof HTMLAnchorElement) || link.target || link.download || link.origin !== location.origin) return;
  if (/^\/(api|sign-in)\//.test(link.pathname)) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search + link.hash);
  document.getElementById('indhold')?.focus({ preventScroll: true });
}
/** A page has loaded its data: the tests, and nobody else, wait for this. */
export const ready = (): void => { document.documentElement.dataset.ready = 'yes'; };

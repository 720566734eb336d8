import type { Core, NodeSingular } from 'cytoscape';

type Box = [number, number, number, number];
const apart = (a: Box, b: Box) => a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];

/** Which labels to draw: the chosen, the path and the most linked first; one that would lie on another is dropped. */
export function declutter(cy: Core): () => void {
  let waiting = 0;
  const run = () => {
    waiting = 0;
    const z = cy.zoom();
    const score = (n: NodeSingular) => n.degree(false) + (n.selected() || n.hasClass('path') || n.hasClass('cursor') ? 1e6 : 0);
    const nodes = cy.nodes(':visible').toArray().sort((a, b) => score(b) - score(a)) as NodeSingular[];
    const taken: Box[] = nodes.map((n) => { const p = n.renderedPosition(), r = n.width() / 2 * z; return [p.x - r, p.y - r, p.x + r, p.y + r]; });
    const mine = new Map(nodes.map((n, i) => [n.id(), i]));
    cy.batch(() => {
      for (const n of nodes) {
        const p = n.renderedPosition(), r = n.width() / 2 * z, w = String(n.data('label')).length * 5.9 * z, h = 13 * z, gap = 3 * z;
        const places: [string, Box][] = [
          ['below', [p.x - w / 2, p.y + r + gap, p.x + w / 2, p.y + r + gap + h]],
          ['right', [p.x + r + gap, p.y - h / 2, p.x + r + gap + w, p.y + h / 2]],
          ['left', [p.x - r - gap - w, p.y - h / 2, p.x - r - gap, p.y + h / 2]],
          ['above', [p.x - w / 2, p.y - r - gap - h, p.x + w / 2, p.y - r - gap]],
        ];
        const free = z > 0.45 ? places.find(([, box]) => taken.every((b, i) => i === mine.get(n.id()) || apart(box, b))) : undefined;
        const show = free ?? (n.selected() || n.hasClass('path') || n.hasClass('cursor') ? places[0] : undefined);
        n.toggleClass('quiet', !show);
        for (const [side] of places) n.toggleClass(`at-${side}`, show?.[0] === side && side !== 'below');
        if (show) taken.push(show[1]);
      }
    });
  };
  const later = () => { window.clearTimeout(waiting); waiting = window.setTimeout(run, 90); };
  cy.on('zoom pan resize select unselect position add remove', later);
  run();
  return later;
}

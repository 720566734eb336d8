import Graph from 'graphology';
import fa2 from 'graphology-layout-forceatlas2';

export interface Ask { nodes: { id: string; x: number; y: number; size: number; fixed: boolean }[]; edges: [string, string][]; rounds: number }
export interface Told { done: number; at?: [string, number, number][] }

/** ForceAtlas2 off the main thread, as a module worker from our own origin (the policy allows no blob: workers). */
self.onmessage = ({ data }: MessageEvent<Ask>) => {
  const g = new Graph({ multi: true, type: 'undirected' });
  for (const n of data.nodes) g.addNode(n.id, { ...n });
  for (const [s, t] of data.edges) g.addEdge(s, t);
  const settings = { ...fa2.inferSettings(g), adjustSizes: true, scalingRatio: 480, gravity: 0.5, slowDown: 4, barnesHutOptimize: data.nodes.length > 800 };
  const step = 25;
  for (let i = 0; i < data.rounds; i += step) {
    fa2.assign(g, { iterations: step, settings });
    const last = i + step >= data.rounds;
    const told: Told = { done: Math.min(1, (i + step) / data.rounds) };
    if (last) told.at = g.mapNodes((id, a) => [id, a.x as number, a.y as number]);
    self.postMessage(told);
  }
};

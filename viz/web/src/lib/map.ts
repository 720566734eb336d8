/** Danish municipalities as paths: real borders, Bornholm in a box as Danish maps have it. */
import { geoConicConformal } from 'd3-geo';
import type { FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';

export interface Unit { code: string; name: string; district: string; d: string; cx: number; cy: number }
export interface Shapes { units: Unit[]; box: { x: number; y: number; w: number; h: number }; width: number; height: number }
type At = (c: Position) => [number, number];
type Props = { code: string; name: string; district?: string };

const east = (props: Props) => /Bornholm|Christians/.test(props.name);
const area = (ring: [number, number][]) => Math.abs(ring.reduce((s, [x, y], i) => { const [u, v] = ring[(i + 1) % ring.length]!; return s + x * v - u * y; }, 0)) / 2;
function centre(ring: [number, number][]): [number, number] {
  let a = 0, x = 0, y = 0;
  ring.forEach(([px, py], i) => { const [qx, qy] = ring[(i + 1) % ring.length]!; const k = px * qy - qx * py; a += k; x += (px + qx) * k; y += (py + qy) * k; });
  return a ? [x / (3 * a), y / (3 * a)] : ring[0]!;
}
export function shapes(of: FeatureCollection, width: number, height: number): Shapes {
  const features = of.features.map((f) => ({ props: f.properties as Props, polygons: polygons(f.geometry as Polygon | MultiPolygon) }));
  const points = (some: typeof features) => ({ type: 'MultiPoint' as const, coordinates: some.flatMap((f) => f.polygons.flat(2)) });
  const conic = (turn: number) => geoConicConformal().parallels([55, 57.3]).rotate([turn, 0]);
  const bw = width * 0.15;
  const main = conic(-10.4).fitExtent([[2, 2], [width - 2, height - 2]], points(features.filter((f) => !east(f.props))));
  const inBox = conic(-14.9).fitExtent([[width - bw + 4, 8], [width - 8, bw * 1.05]], points(features.filter((f) => east(f.props))));
  return { units: features.map((f) => unit(f.props, f.polygons, (east(f.props) ? inBox : main) as unknown as At)), box: { x: width - bw - 2, y: 2, w: bw, h: bw * 1.12 }, width, height };
}
const polygons = (g: Polygon | MultiPolygon): Position[][][] => (g.type === 'Polygon' ? [g.coordinates] : g.coordinates);
function unit(props: Props, rings: Position[][][], at: At): Unit {
  let d = '', best = 0, c: [number, number] = [0, 0];
  for (const polygon of rings) {
    const ring = polygon[0]!.map(at), size = area(ring);
    if (size < 0.6) continue;
    d += `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
    if (size > best) { best = size; c = centre(ring); }
  }
  return { code: props.code, name: props.name, district: props.district ?? '', d, cx: c[0], cy: c[1] };
}
/** The part of the map round the capital, enlarged. */
export function capital(of: Shapes, times: number): { view: string; codes: Set<string> } | null {
  const at = of.units.find((u) => u.code === '0101');
  if (!at) return null;
  const w = 126 / times, h = 114 / times;
  const codes = new Set(of.units.filter((u) => Math.abs(u.cx - at.cx) < w && Math.abs(u.cy - at.cy) < h).map((u) => u.code));
  return { view: `${at.cx - w * 0.72} ${at.cy - h * 0.55} ${w} ${h}`, codes };
}

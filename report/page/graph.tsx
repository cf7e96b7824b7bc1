import {useCallback, useMemo, useRef, useState} from 'preact/hooks';
import type {LayerData} from '../data/model.ts';
import type {DrawnEdge, DrawnNetwork, DrawnNode, Drawing} from '../drawing/drawing.ts';
import {figure} from '../wording.ts';

/** Layers of one kind have one colour. */
const kinds: Readonly<Record<string, string>> = {
  conv2d: 'weights',
  depthwiseConv2d: 'weights',
  dense: 'weights',
  embedding: 'weights',
  lstm: 'weights',
  gru: 'weights',
  selfAttention: 'weights',
  globalAvgPool1d: 'pool',
  avgPool2d: 'pool',
  maxPool2d: 'pool',
  globalAvgPool2d: 'pool',
  add: 'merge',
  concat: 'merge',
  batchNorm: 'norm',
  layerNorm: 'norm',
};

/** Straight parts, or Bézier curves with two control points each. */
function pathOf({points}: DrawnEdge, curved: boolean): string {
  const [start, ...rest] = points.map(([x, y]) => `${String(x)},${String(y)}`);
  if (start === undefined) return '';
  return `M${start} ${curved && rest.length % 3 === 0 ? `C${rest.join(' ')}` : `L${rest.join(' ')}`}`;
}

const Arrowhead = ({id}: {readonly id: string}) => (
  <defs>
    <marker id={id} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
      <path d="M0,0 L8,4 L0,8 Z" class="arrowhead" />
    </marker>
  </defs>
);

interface CellPictureProps {
  readonly name: string;
  readonly owner: string;
  readonly drawing: Drawing;
}

/** A cell: circles are feature maps, edges operations. */
export function CellPicture({name, owner, drawing}: CellPictureProps) {
  const {width, height, nodes, edges} = drawing;
  const marker = `cell-arrow-${owner}-${name.replaceAll(' ', '-')}`;
  const told = edges.flatMap(({label}) => label?.text ?? []);
  return (
    <figure class="cell">
      <figcaption>The {name}: circles are feature maps, arrows operations</figcaption>
      <svg
        viewBox={`0 0 ${String(width)} ${String(height)}`}
        style={{maxWidth: `${String(width)}px`}}
        role="img"
        aria-label={`The ${name} of the ${owner.toLowerCase()}: ${told.join(', ')}`}
      >
        <Arrowhead id={marker} />
        {edges.map((edge) => (
          <path key={edge.points.join()} class="edge" d={pathOf(edge, true)} marker-end={`url(#${marker})`} />
        ))}
        {edges.map(({label}) =>
          label === undefined ? null : (
            <text key={`${label.text}${String(label.x)}${String(label.y)}`} class="edge-label" x={label.x} y={label.y}>
              {label.text}
            </text>
          ),
        )}
        {nodes.map((node) => (
          <g key={node.id}>
            <rect class="map" x={node.x} y={node.y} width={node.width} height={node.height} rx={node.height / 2} />
            <text class="map-label" x={node.x + node.width / 2} y={node.y + node.height / 2}>
              {node.label}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** The whole network. A layer is chosen with the pointer or the arrow keys; what it does and costs is told beside. */
export function NetworkPicture({network}: {readonly network: DrawnNetwork}) {
  const {drawing, layers, role, input} = network;
  const [chosen, setChosen] = useState<string | undefined>();
  const [whole, setWhole] = useState(false);
  const region = useRef<HTMLDivElement>(null);
  const names = useMemo(() => drawing.nodes.map(({id}) => id), [drawing]);
  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const at = chosen === undefined ? -1 : names.indexOf(chosen);
      const next = names[Math.min(names.length - 1, Math.max(0, at + step))];
      setChosen(next);
      if (region.current !== null)
        reveal(
          region.current,
          drawing.nodes.find(({id}) => id === next),
        );
    },
    [chosen, names, drawing],
  );
  const layer = layers.find(({name}) => name === chosen);
  return (
    <figure class="network">
      <figcaption>
        The whole network
        <label class="inline">
          <input
            type="checkbox"
            checked={whole}
            onChange={(event) => {
              setWhole(event.currentTarget.checked);
            }}
          />{' '}
          fit into view
        </label>
      </figcaption>
      <p class="layer" aria-live="polite">
        {layer === undefined ? hintOf(chosen, input) : layerText(layer)}
      </p>
      <div
        ref={region}
        class={whole ? 'canvas whole' : 'canvas'}
        role="group"
        aria-label={`Network of the ${role.toLowerCase()}, ${String(layers.length)} layers; arrow keys go from layer to layer`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <LayerGraph network={network} chosen={chosen} choose={setChosen} />
      </div>
    </figure>
  );
}

const hintOf = (chosen: string | undefined, input: readonly number[]): string =>
  chosen === undefined ? 'Point at a layer, or use the arrow keys.' : `input: ${input.join(' × ')}`;

const layerText = ({name, label, shape, parameters, flops}: LayerData): string =>
  `${name}: ${label} → ${shape.join(' × ')}, ${figure(parameters)} parameters, ${figure(flops)} FLOPs`;

function reveal(region: HTMLElement, node: DrawnNode | undefined): void {
  const svg = region.querySelector('svg');
  if (svg === null || node === undefined) return;
  const scale = svg.clientHeight / svg.viewBox.baseVal.height;
  region.scrollTop = node.y * scale - region.clientHeight / 2;
}

interface LayerGraphProps {
  readonly network: DrawnNetwork;
  readonly chosen: string | undefined;
  readonly choose: (name: string) => void;
}

function LayerGraph({network: {drawing, layers, role}, chosen, choose}: LayerGraphProps) {
  const {width, height, nodes, edges} = drawing;
  const marker = `arrow-${role}`;
  const byName = useMemo(() => new Map(layers.map((layer) => [layer.name, layer])), [layers]);
  return (
    <svg viewBox={`0 0 ${String(width)} ${String(height)}`} width={width} height={height} aria-hidden="true">
      <Arrowhead id={marker} />
      {edges.map((edge) => (
        <path key={edge.points.join()} class="edge" d={pathOf(edge, false)} marker-end={`url(#${marker})`} />
      ))}
      {nodes.map((node) => {
        const layer = byName.get(node.id);
        return (
          <g
            key={node.id}
            class={`layer-node ${kinds[layer?.op ?? ''] ?? 'other'}${chosen === node.id ? ' chosen' : ''}`}
            onPointerEnter={() => {
              choose(node.id);
            }}
          >
            <title>{layer === undefined ? 'input' : layerText(layer)}</title>
            <rect x={node.x} y={node.y} width={node.width} height={node.height} rx="5" />
            <text x={node.x + node.width / 2} y={node.y + node.height / 2}>
              {node.label}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

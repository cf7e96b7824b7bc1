import ElkModule from 'elkjs/lib/elk.bundled.js';
import type {ELK, ELKConstructorArguments, ElkExtendedEdge, ElkNode} from 'elkjs/lib/elk-api.js';
import {inputName} from '../../search/network-builder.ts';
import type {CellGraph} from '../../search/space.ts';
import type {NetworkData} from '../data/model.ts';
import type {DrawnEdge, DrawnNetwork, DrawnNode, Drawing, Point} from './drawing.ts';

/** The package is CommonJS whose `exports` is the class itself, which its types do not say under NodeNext. */
const Elk = ElkModule as unknown as new (options?: ELKConstructorArguments) => ELK;

/** Widths of text are estimated: there is no browser here. Pixels for a character of the page's font, and beside the text. */
const characterWidth = 7.2;
const padding = 22;
const layerHeight = 26;
const cellNodeSize = 30;
/** A graph node's label, with what elk needs to place it. */
interface Box {
  readonly id: string;
  readonly label: string;
  readonly width: number;
  readonly height: number;
}

interface Link {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

const networkOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '18',
  'elk.layered.spacing.nodeNodeBetweenLayers': '20',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
};

const cellOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'SPLINES',
  'elk.edgeLabels.inline': 'true',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '16',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
};

/** Lays out a network and its cells (Eclipse Layout Kernel, layered: Sugiyama's method). */
export async function draw(network: NetworkData): Promise<DrawnNetwork> {
  const elk = new Elk();
  const cellDrawings = await Promise.all(
    network.cells.map(async (cell) => ({name: cell.name, drawing: await drawCell(elk, cell)})),
  );
  return {...network, drawing: await drawLayers(elk, network), cellDrawings};
}

function drawLayers(elk: ELK, {layers}: NetworkData): Promise<Drawing> {
  const boxes = [{id: inputName, label: 'input'}, ...layers.map(({name, label}) => ({id: name, label}))];
  return place(
    elk,
    boxes.map((box) => ({...box, width: textWidth(box.label), height: layerHeight})),
    layers.flatMap(({name, inputs}) => inputs.map((from) => ({from, to: name}))),
    networkOptions,
  );
}

const drawCell = (elk: ELK, {nodes, edges}: CellGraph): Promise<Drawing> =>
  place(
    elk,
    nodes.map((id) => ({id, label: id, width: Math.max(cellNodeSize, textWidth(id) - 6), height: cellNodeSize})),
    edges.map(({from, to, operation}) => ({from, to, label: operation})),
    cellOptions,
  );

const textWidth = (text: string): number => Math.ceil(text.length * characterWidth + padding);

async function place(
  elk: ELK,
  boxes: readonly Box[],
  links: readonly Link[],
  layoutOptions: Record<string, string>,
): Promise<Drawing> {
  const graph: ElkNode = await elk.layout({
    id: 'graph',
    layoutOptions,
    children: boxes.map(({id, width, height}) => ({id, width, height})),
    edges: links.map((link, at) => ({
      id: `edge ${String(at)}`,
      sources: [link.from],
      targets: [link.to],
      ...(link.label === undefined
        ? {}
        : {labels: [{text: link.label, width: textWidth(link.label) - 10, height: 16}]}),
    })),
  });
  return {
    width: Math.ceil(graph.width ?? 0),
    height: Math.ceil(graph.height ?? 0),
    nodes: boxes.flatMap((box) => placedNode(box, graph.children)),
    edges: (graph.edges ?? []).flatMap(placedEdge),
  };
}

function placedNode(box: Box, children: readonly ElkNode[] | undefined): DrawnNode[] {
  const child = children?.find(({id}) => id === box.id);
  return child === undefined ? [] : [{...box, x: round(child.x), y: round(child.y)}];
}

function placedEdge({sections = [], labels = []}: ElkExtendedEdge): DrawnEdge[] {
  const points = sections.flatMap(({startPoint, bendPoints = [], endPoint}) =>
    [startPoint, ...bendPoints, endPoint].map(({x, y}): Point => [round(x), round(y)]),
  );
  const [label] = labels;
  if (label?.text === undefined) return [{points}];
  const x = round((label.x ?? 0) + (label.width ?? 0) / 2);
  const y = round((label.y ?? 0) + (label.height ?? 0) / 2);
  return [{points, label: {text: label.text, x, y}}];
}

const round = (value: number | undefined): number => Math.round((value ?? 0) * 10) / 10;

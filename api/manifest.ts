import type {Document, Node as YamlNode, ParsedNode} from 'yaml';
import {LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments, visit} from 'yaml';
import type {Path} from './cel.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Something that is wrong with the text itself, before any schema. */
export interface TextProblem extends Position {
  readonly path: Path;
  readonly found: string;
  readonly message: string;
  readonly remedy: string;
}

/** One YAML document: its value, and where each part of it stands. */
export interface Manifest {
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  /** Of the value at a path; of the nearest thing around it when there is nothing there. */
  positionOf(path: Path): Position;
  positionOfKey(path: Path, key: string): Position;
  /** What the text says at a path, in short. */
  found(path: Path): string;
}

type Parsed = Document.Parsed;

/** Every document of a YAML text, empty ones left out. Read as YAML 1.2; what kubectl, which reads 1.1, takes otherwise is a problem. */
export function readManifests(text: string): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = documentsOf(text, '1.2', lines);
  const asKubectl = documentsOf(text, '1.1');
  return documents
    .map((document, at) => manifestOf(document, lines, asKubectl[at]))
    .filter((manifest) => manifest.value !== null || manifest.problems.length > 0);
}

function documentsOf(text: string, version: '1.1' | '1.2', lineCounter?: LineCounter): readonly Parsed[] {
  const documents = parseAllDocuments(text, {
    version,
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
    ...(lineCounter === undefined ? {} : {lineCounter}),
  });
  return 'empty' in documents ? [] : documents;
}

function manifestOf(document: Parsed, lines: LineCounter, asKubectl: Parsed | undefined): Manifest {
  const at = (offset: number): Position => {
    const {line, col} = lines.linePos(offset);
    return {line, column: col};
  };
  const reading = readValue(document);
  return {
    value: 'value' in reading ? reading.value : undefined,
    problems: 'value' in reading ? differences(document, asKubectl, at) : textProblems(document, at, reading.refusal),
    positionOf: (path) => at(offsetOf(nearest(document, path))),
    positionOfKey: (path, key) => at(offsetOf(keyNode(nearest(document, path), key, document))),
    found: (path) => textOf(exactly(document, path), document),
  };
}

type Reading = {readonly value: unknown} | {readonly refusal: string};

/** Well-formed text may still have no value: an alias of nothing, aliases that multiply, a merge of what is no mapping. */
function readValue(document: Parsed): Reading {
  if (document.errors.length > 0) return {refusal: ''};
  try {
    return {value: document.toJS() as unknown};
  } catch (error) {
    return {refusal: error instanceof Error ? error.message : String(error)};
  }
}

function textProblems(document: Parsed, at: (offset: number) => Position, refusal: string): TextProblem[] {
  const places = scalarsByOffset(document.contents);
  const syntax = document.errors.map(({pos, code, message}) => {
    const place = places.get(pos[0]);
    return {...at(pos[0]), path: place?.path ?? [], ...wordsFor(code, message, place?.source)};
  });
  const found = [...syntax, ...lostAliases(document, at)];
  if (found.length > 0) return found;
  return [{...at(0), path: [], found: 'text without a value', message: refusal, remedy: 'write the values out'}];
}

function lostAliases(document: Parsed, at: (offset: number) => Position): TextProblem[] {
  const problems: TextProblem[] = [];
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) !== undefined) return;
      const [found, remedy] = [`*${node.source}`, `write &${node.source} before the value that is meant`];
      problems.push({...at(offsetOf(node)), path: [], found, message: 'there is no such anchor before it', remedy});
    },
  });
  return problems;
}

type Found = YamlNode | ParsedNode | null | undefined;

const offsetOf = (node: Found): number => node?.range?.[0] ?? 0;

const resolved = (node: unknown, document: Parsed): unknown => (isAlias(node) ? node.resolve(document) : node);

function member(node: unknown, step: string | number, document: Parsed): unknown {
  const parent = resolved(node, document);
  if (isSeq(parent)) return parent.items[Number(step)];
  return isMap(parent) ? parent.get(step, true) : undefined;
}

function exactly(document: Parsed, path: Path): unknown {
  return path.reduce<unknown>((node, step) => member(node, step, document), document.contents);
}

/** The node at a path, the key of the last part that exists when it has no node, or the key of what should hold it. */
function nearest(document: Parsed, path: Path): Found {
  const node = exactly(document, path);
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node;
  const parent = path.slice(0, -1);
  const holder = exactly(document, parent.slice(0, -1));
  const key = parent.at(-1);
  if (path.length === 0) return document.contents;
  if (typeof key === 'string' && member(holder, key, document) !== undefined) return keyNode(holder, key, document);
  return nearest(document, parent);
}

function keyNode(node: unknown, key: string, document: Parsed): Found {
  const map = resolved(node, document);
  const pair = isMap(map)
    ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
    : undefined;
  return isScalar(pair?.key) ? pair.key : (node as Found);
}

const longestFound = 60;

function textOf(node: unknown, document: Parsed): string {
  const value = resolved(node, document);
  if (value === undefined || value === null) return 'nothing';
  if (isScalar(value) && (value.value === null || value.value === undefined)) return 'nothing';
  if (isScalar(value) && value.type === 'PLAIN') return shortened(value.source ?? String(value.value));
  const json: unknown = isScalar(value) ? value.value : (value as YamlNode).toJS(document);
  return shortened(JSON.stringify(json));
}

const shortened = (text: string): string => (text.length <= longestFound ? text : `${text.slice(0, longestFound)}…`);

const syntaxRemedies: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'align it with what it belongs to, or close the bracket before it',
  BLOCK_IN_FLOW: 'close the bracket before the next line',
  MISSING_CHAR: 'add the missing character',
};

function wordsFor(code: string, text: string, source = 'text that is not YAML') {
  const [message = text] = text.split('\n');
  return {found: source, message, remedy: syntaxRemedies[code] ?? 'correct the YAML here'};
}

/** Scalars that YAML 1.1 reads otherwise than YAML 1.2, keys among them. */
function differences(document: Parsed, other: Parsed | undefined, at: (offset: number) => Position): TextProblem[] {
  const theirs = scalarsByOffset(other?.contents);
  return [...scalarsByOffset(document.contents)].flatMap(([offset, {value, path, source}]) => {
    const read = theirs.get(offset);
    if (read === undefined || isSame(read.value, value)) return [];
    return [
      {
        ...at(offset),
        path,
        found: source,
        message: `kubectl reads this as ${JSON.stringify(read.value)}, archsearch as ${JSON.stringify(value)}`,
        remedy: `write ${JSON.stringify(read.value)} or ${JSON.stringify(value)}, whichever you mean`,
      },
    ];
  });
}

/** kubectl keeps timestamps as the text that they are; a merge key is a symbol of its own at each reading. */
const isSame = (theirs: unknown, ours: unknown): boolean =>
  Object.is(theirs, ours) || theirs instanceof Date || typeof theirs === 'symbol';

interface Leaf {
  readonly value: unknown;
  readonly path: Path;
  readonly source: string;
}

function scalarsByOffset(root: unknown): Map<number, Leaf> {
  return new Map(leavesOf(root, []).map((leaf) => [leaf.offset, leaf]));
}

function leavesOf(node: unknown, path: Path): (Leaf & {offset: number})[] {
  if (isScalar(node)) return [{value: node.value, path, source: node.source ?? '', offset: node.range?.[0] ?? -1}];
  if (isSeq(node)) return node.items.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : '';
    return [...leavesOf(pair.key, [...path, key]), ...leavesOf(pair.value, [...path, key])];
  });
}

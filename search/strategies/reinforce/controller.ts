import {axisWeights, embeddingSize, gates, inputSize} from './weights.ts';
import type {AxisWeights, Weights} from './weights.ts';

/** What the controller decides: one of so many choices. */
export interface Question {
  readonly name: string;
  readonly choices: number;
}

/** What the controller makes of one question, with all that the gradient needs. */
interface Step {
  readonly question: Question;
  readonly weights: AxisWeights;
  readonly input: Float64Array;
  readonly memoryBefore: Float64Array;
  readonly gate: Float64Array;
  readonly memory: Float64Array;
  readonly hidden: Float64Array;
  readonly probabilities: Float64Array;
}

/** A question and what was chosen. */
interface Decided {
  readonly step: Step;
  choice: number;
}

/** Steps by the way that leads to them: of many candidates that one controller emits, most begin alike. */
export type Trodden = Map<string, Step>;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const candidateGate = 2;
/** The candidate gate is squashed to (-1, 1), the others to (0, 1). */
const squashed = (block: number, x: number): number => (block === candidateGate ? Math.tanh(x) : sigmoid(x));

/** An entry that is there: the loops stay inside. */
const at = (values: Float64Array | readonly number[], index: number): number => values[index] as number;

/** `matrix` × `input`, row by row. */
function product(matrix: readonly number[], input: Float64Array, rows: number): Float64Array {
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    for (let column = 0; column < input.length; column += 1)
      sum += at(matrix, row * input.length + column) * at(input, column);
    result[row] = sum;
  }
  return result;
}

function softmax(scores: Float64Array): Float64Array {
  const most = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - most));
  const sum = raised.reduce((total, each) => total + each, 0);
  return raised.map((each) => each / sum);
}

/** `values` and a 1, which biases are multiplied with. */
function withOne(values: Float64Array): Float64Array {
  const longer = new Float64Array(values.length + 1);
  longer.set(values);
  longer[values.length] = 1;
  return longer;
}

/**
 * A recurrent controller on its way through one candidate (Zoph & Le 2017, Neural architecture search with reinforcement learning, section
 * 3.1): an LSTM cell is told the last choice and scores the choices of the next question.
 */
export class Rollout {
  readonly #weights: Weights;
  readonly #seed: number;
  readonly #trodden: Trodden;
  readonly #decided: Decided[] = [];
  #way = '';

  /** `trodden` may be shared among rollouts of the same weights. */
  constructor(weights: Weights, seed: number, trodden: Trodden = new Map()) {
    this.#weights = weights;
    this.#seed = seed;
    this.#trodden = trodden;
  }

  /** Probabilities of the choices. `take` must follow before the next question. */
  ask(question: Question): Float64Array {
    const place = `${this.#way}${question.name}`;
    const step = this.#trodden.get(place) ?? this.#step(question);
    this.#trodden.set(place, step);
    this.#decided.push({step, choice: 0});
    return step.probabilities;
  }

  take(choice: number): void {
    const last = this.#decided.at(-1);
    if (last !== undefined) last.choice = choice;
    this.#way += `${String(choice)} `;
  }

  #step(question: Question): Step {
    const {units, cell} = this.#weights;
    const before = this.#decided.at(-1);
    const input = new Float64Array(inputSize(units));
    if (before !== undefined) {
      const {step, choice} = before;
      for (let i = 0; i < embeddingSize; i += 1) input[i] = at(step.weights.embedding, choice * embeddingSize + i);
      input.set(step.hidden, embeddingSize);
    }
    input[input.length - 1] = 1;
    const memoryBefore = before?.step.memory ?? new Float64Array(units);
    const gate = product(cell, input, gates * units).map((x, row) => squashed(Math.floor(row / units), x));
    const memory = memoryBefore.map(
      (value, i) => at(gate, units + i) * value + at(gate, i) * at(gate, candidateGate * units + i),
    );
    const hidden = memory.map((value, i) => at(gate, 3 * units + i) * Math.tanh(value));
    const weights = axisWeights(this.#weights, this.#seed, question);
    const probabilities = softmax(product(weights.head, withOne(hidden), question.choices));
    return {question, weights, input, memoryBefore, gate, memory, hidden, probabilities};
  }

  /** Logarithm of the probability of all that was taken. */
  logProbability(): number {
    return this.#decided.reduce((sum, {step, choice}) => sum + Math.log(at(step.probabilities, choice)), 0);
  }

  /**
   * Gradient of −`advantage` × log-probability − `entropyBonus` × entropy, backwards through all steps. It has the axes that were met.
   */
  gradient(advantage: number, entropyBonus: number): Weights {
    const {units} = this.#weights;
    const cell = new Float64Array(this.#weights.cell.length);
    const axes = new Map<string, {embedding: Float64Array; head: Float64Array}>();
    for (const {
      step: {question, weights},
    } of this.#decided)
      axes.set(question.name, {
        embedding: new Float64Array(weights.embedding.length),
        head: new Float64Array(weights.head.length),
      });
    let toHidden: Float64Array = new Float64Array(units);
    let toMemory: Float64Array = new Float64Array(units);
    for (const [back, decided] of this.#decided.toReversed().entries()) {
      const {step} = decided;
      const own = axes.get(step.question.name);
      if (own !== undefined) addHead(step, headSlopes(decided, advantage, entropyBonus), own.head, toHidden);
      const slopes = cellSlopes(step, toHidden, toMemory);
      const toInput = addCell(this.#weights.cell, step, slopes.rows, cell);
      const previous = this.#decided[this.#decided.length - 2 - back];
      if (previous === undefined) break;
      const told = axes.get(previous.step.question.name)?.embedding;
      for (let i = 0; told !== undefined && i < embeddingSize; i += 1) {
        const place = previous.choice * embeddingSize + i;
        told[place] = at(told, place) + at(toInput, i);
      }
      toHidden = toInput.slice(embeddingSize, embeddingSize + units);
      toMemory = slopes.memory;
    }
    return {
      units,
      cell: [...cell],
      axes: Object.fromEntries(
        [...axes].map(([name, {embedding, head}]) => [name, {embedding: [...embedding], head: [...head]}]),
      ),
    };
  }
}

/** Slopes of the loss in the scores of one question. */
function headSlopes({step: {probabilities}, choice}: Decided, advantage: number, entropyBonus: number): Float64Array {
  const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);
  return probabilities.map(
    (p, at) => advantage * (p - (at === choice ? 1 : 0)) + entropyBonus * p * (Math.log(p) + entropy),
  );
}

/** Adds the head's gradient, and what the scores say of the hidden numbers. */
function addHead({hidden, weights}: Step, slopes: Float64Array, head: Float64Array, toHidden: Float64Array): void {
  const units = hidden.length;
  const width = units + 1;
  for (const [row, slope] of slopes.entries()) {
    for (let i = 0; i < units; i += 1) {
      head[row * width + i] = at(head, row * width + i) + slope * at(hidden, i);
      toHidden[i] = at(toHidden, i) + slope * at(weights.head, row * width + i);
    }
    head[row * width + units] = at(head, row * width + units) + slope;
  }
}

/** Slopes in the rows of the cell before they are squashed, and in the memory of the step before. */
function cellSlopes(
  {gate, memory, memoryBefore}: Step,
  toHidden: Float64Array,
  toMemory: Float64Array,
): {rows: Float64Array; memory: Float64Array} {
  const units = memory.length;
  const rows = new Float64Array(gate.length);
  const before = new Float64Array(units);
  for (let i = 0; i < units; i += 1) {
    const [input, forget] = [at(gate, i), at(gate, units + i)];
    const [candidate, output] = [at(gate, candidateGate * units + i), at(gate, 3 * units + i)];
    const shown = Math.tanh(at(memory, i));
    const slope = at(toMemory, i) + at(toHidden, i) * output * (1 - shown * shown);
    rows[i] = slope * candidate * input * (1 - input);
    rows[units + i] = slope * at(memoryBefore, i) * forget * (1 - forget);
    rows[candidateGate * units + i] = slope * input * (1 - candidate * candidate);
    rows[3 * units + i] = at(toHidden, i) * shown * output * (1 - output);
    before[i] = slope * forget;
  }
  return {rows, memory: before};
}

/** Adds the cell's gradient, and returns what it says of the input. */
function addCell(weights: readonly number[], {input}: Step, slopes: Float64Array, cell: Float64Array): Float64Array {
  const toInput = new Float64Array(input.length);
  for (const [row, slope] of slopes.entries())
    for (let column = 0; column < input.length; column += 1) {
      const place = row * input.length + column;
      cell[place] = at(cell, place) + slope * at(input, column);
      toInput[column] = at(toInput, column) + slope * at(weights, place);
    }
  return toInput;
}

import {
  columnFilteringFeature,
  createColumnHelper,
  createFilteredRowModel,
  createPaginatedRowModel,
  createSortedRowModel,
  filterFn_equalsString,
  filterFn_greaterThanOrEqualTo,
  filterFn_includesString,
  filterFn_lessThanOrEqualTo,
  globalFilteringFeature,
  rowPaginationFeature,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
} from '@tanstack/preact-table';
import type {TrialRow} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {figure, measuredFigure, metricWords} from '../wording.ts';

export const features = tableFeatures({
  columnFilteringFeature,
  globalFilteringFeature,
  rowSortingFeature,
  rowPaginationFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
  paginatedRowModel: createPaginatedRowModel(),
  filterFns: {
    equalsString: filterFn_equalsString,
    includesString: filterFn_includesString,
    atLeast: filterFn_greaterThanOrEqualTo,
    atMost: filterFn_lessThanOrEqualTo,
  },
  sortFns: {basic: sortFn_basic, alphanumeric: sortFn_alphanumeric},
});

const helper = createColumnHelper<typeof features, TrialRow>();

const numberColumn = (id: string, header: string, value: (row: TrialRow) => number | undefined) =>
  helper.accessor(value, {
    id,
    header,
    cell: (cell) => figure(cell.getValue()),
    sortFn: 'basic',
    sortUndefined: 'last',
    enableGlobalFilter: false,
  });

const textColumn = (id: string, header: string, value: (row: TrialRow) => string) =>
  helper.accessor(value, {id, header, sortFn: 'alphanumeric', filterFn: 'includesString'});

const choiceColumn = (id: 'purpose' | 'outcome', header: string) =>
  helper.accessor(id, {id, header, sortFn: 'alphanumeric', filterFn: 'equalsString', enableGlobalFilter: false});

/** Columns of the table of trials: the objectives first, then what they cost and where they came from. */
export function columnsOf({objectives, trials}: PageData) {
  const settings = [...new Set(trials.flatMap(({training}) => Object.keys(training)))];
  return helper.columns([
    textColumn('name', 'Trial', ({name}) => name),
    choiceColumn('purpose', 'Purpose'),
    choiceColumn('outcome', 'Outcome'),
    ...objectives.map(({metric, goal}) =>
      helper.accessor(({values}) => values[metric], {
        id: metric,
        header: metricWords(metric),
        cell: (cell) => measuredFigure(metric, cell.getValue()),
        sortFn: 'basic',
        sortUndefined: 'last',
        sortDescFirst: goal === 'Maximize',
        filterFn: goal === 'Maximize' ? 'atLeast' : 'atMost',
        enableGlobalFilter: false,
      }),
    ),
    numberColumn('epochs', 'Epochs', ({epochs}) => epochs),
    numberColumn('gpuSeconds', 'GPU-seconds', ({gpuSeconds}) => gpuSeconds),
    textColumn('architecture', 'Architecture', ({architecture}) => architecture),
    textColumn('training', 'Training', ({training}) => settingsText(training, settings)),
    textColumn('why', 'Where it came from', ({why}) => why),
  ]);
}

const settingsText = (training: TrialRow['training'], names: readonly string[]): string =>
  names
    .flatMap((name) => {
      const value = training[name];
      return value === undefined
        ? []
        : [`${name} ${typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value)}`];
    })
    .join(', ');

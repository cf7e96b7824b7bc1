import type {Column, Header, Row} from '@tanstack/preact-table';
import {useTable} from '@tanstack/preact-table';
import type {ComponentChildren} from 'preact';
import {Fragment} from 'preact';
import {useMemo, useState} from 'preact/hooks';
import type {TrialRow} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {duration, figure, metricWords, plural} from '../wording.ts';
import {columnsOf, features} from './trial-columns.ts';

const pageSize = 25;
/** Long texts are cut after two lines; the details have all of them. */
const clamped: ReadonlySet<string> = new Set(['architecture', 'training', 'why']);
const numeric: ReadonlySet<string> = new Set(['epochs', 'gpuSeconds']);

export function TrialTable({data}: {readonly data: PageData}) {
  const table = useTrials(data);
  const shown = table.getFilteredRowModel().rows.length;
  const all = plural(data.trials.length, 'trial');
  return (
    <>
      <Filters table={table} data={data} />
      <p class="note" role="status">
        {shown === data.trials.length ? all : `${figure(shown)} of ${all}`}
      </p>
      <Rows table={table} data={data} />
      <Pages table={table} />
    </>
  );
}

function useTrials(data: PageData) {
  const columns = useMemo(() => columnsOf(data), [data]);
  const [rows] = useState(() => [...data.trials]);
  const [first] = data.objectives;
  const sorting = first === undefined ? [] : [{id: first.metric, desc: first.goal === 'Maximize'}];
  return useTable({features, columns, data: rows, initialState: {pagination: {pageIndex: 0, pageSize}, sorting}});
}
type Trials = ReturnType<typeof useTrials>;

interface TableProps {
  readonly table: Trials;
  readonly data: PageData;
}

const Filters = ({table, data}: TableProps) => (
  <div class="filters" role="search" aria-label="Filter trials">
    <Filter label="Search">
      <input
        type="search"
        placeholder="name, layer, origin"
        onInput={(event) => {
          table.setGlobalFilter(event.currentTarget.value);
        }}
      />
    </Filter>
    <Choice column={table.getColumn('purpose')} label="Purpose" values={data.trials.map(({purpose}) => purpose)} />
    <Choice column={table.getColumn('outcome')} label="Outcome" values={data.trials.map(({outcome}) => outcome)} />
    {data.objectives.map(({metric, goal}) => (
      <Filter key={metric} label={`${metricWords(metric)} ${goal === 'Maximize' ? 'at least' : 'at most'}`}>
        <input
          type="number"
          step="any"
          onInput={(event) => {
            const {value} = event.currentTarget;
            table.getColumn(metric)?.setFilterValue(value === '' ? undefined : Number(value));
          }}
        />
      </Filter>
    ))}
  </div>
);

function Rows({table, data}: TableProps) {
  const [open, setOpen] = useState<string | undefined>();
  const numbers = new Set([...numeric, ...data.objectives.map(({metric}) => metric)]);
  return (
    <div class="scroll" role="region" aria-label="Table of trials" tabIndex={0}>
      <table class="trials">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <Heading key={header.id} header={header} number={numbers.has(header.id)} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <Fragment key={row.id}>
              <TrialCells
                table={table}
                row={row}
                numbers={numbers}
                open={open === row.id}
                toggle={() => {
                  setOpen(open === row.id ? undefined : row.id);
                }}
              />
              {open === row.id && <Details row={row} span={row.getAllCells().length} />}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TrialCellsProps {
  readonly table: Trials;
  readonly row: Row<typeof features, TrialRow>;
  readonly numbers: ReadonlySet<string>;
  readonly open: boolean;
  readonly toggle: () => void;
}

const TrialCells = ({table, row, numbers, open, toggle}: TrialCellsProps) => (
  <tr>
    {row.getAllCells().map((cell) =>
      cell.column.id === 'name' ? (
        <th key={cell.id} scope="row">
          <button type="button" class="opener" aria-expanded={open} onClick={toggle}>
            {row.original.name}
          </button>
        </th>
      ) : (
        <td key={cell.id} class={numbers.has(cell.column.id) ? 'number' : cell.column.id}>
          <span class={clamped.has(cell.column.id) ? 'clamp' : ''}>
            <table.FlexRender cell={cell} />
          </span>
        </td>
      ),
    )}
  </tr>
);

const Pages = ({table}: {readonly table: Trials}) => (
  <div class="pages">
    <button
      type="button"
      disabled={!table.getCanPreviousPage()}
      onClick={() => {
        table.previousPage();
      }}
    >
      Previous
    </button>
    <span role="status">
      page {table.state.pagination.pageIndex + 1} of {Math.max(1, table.getPageCount())}
    </span>
    <button
      type="button"
      disabled={!table.getCanNextPage()}
      onClick={() => {
        table.nextPage();
      }}
    >
      Next
    </button>
  </div>
);

const Filter = ({label, children}: {readonly label: string; readonly children: ComponentChildren}) => (
  <label>
    <span>{label}</span>
    {children}
  </label>
);

interface ChoiceProps {
  readonly column: Column<typeof features, TrialRow> | undefined;
  readonly label: string;
  readonly values: readonly string[];
}

function Choice({column, label, values}: ChoiceProps) {
  const choices = useMemo(() => [...new Set(values)].toSorted(), [values]);
  return (
    <Filter label={label}>
      <select
        onChange={(event) => {
          const {value} = event.currentTarget;
          column?.setFilterValue(value === '' ? undefined : value);
        }}
      >
        <option value="">all</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </Filter>
  );
}

const arrows = {asc: ' ↑', desc: ' ↓'} as const;
const ariaSorts = {asc: 'ascending', desc: 'descending'} as const;

function Heading({header, number}: {readonly header: Header<typeof features, TrialRow>; readonly number: boolean}) {
  const {column} = header;
  const sorted = column.getIsSorted();
  return (
    <th scope="col" class={number ? 'number' : ''} aria-sort={sorted === false ? 'none' : ariaSorts[sorted]}>
      <button
        type="button"
        class="sorter"
        onClick={() => {
          column.toggleSorting();
        }}
      >
        {String(column.columnDef.header)}
        <span aria-hidden="true">{sorted === false ? ' ↕' : arrows[sorted]}</span>
      </button>
    </th>
  );
}

/** Everything else that is known of a trial. */
function Details({row: {original}, span}: {readonly row: Row<typeof features, TrialRow>; readonly span: number}) {
  const {values, training, message, parent, twin, attempts, spent, feasible, architecture, why} = original;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Architecture', architecture],
    ['Where it came from', why],
    ['Derived from', parent],
    ['Result taken from its twin', twin],
    ['Message', message],
    ['Limits', feasible ? undefined : 'past a limit of the objectives'],
    [
      'Measured',
      Object.entries(values)
        .map(([metric, value]) => `${metricWords(metric)} ${figure(value)}`)
        .join(', '),
    ],
    [
      'Training',
      Object.entries(training)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', '),
    ],
    ['Attempts', String(attempts)],
    ['Ended after', spent === undefined ? undefined : duration(spent.seconds)],
  ];
  return (
    <tr class="details">
      <td colSpan={span}>
        <dl class="facts">
          {facts.map(([what, value]) =>
            value === undefined || value === '' ? null : (
              <div key={what}>
                <dt>{what}</dt>
                <dd>{value}</dd>
              </div>
            ),
          )}
        </dl>
      </td>
    </tr>
  );
}

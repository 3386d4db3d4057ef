import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icons';
import { Popover } from '../components/Popover';
import { pictureOf, pictureOfTable, save, type Heading } from './draw';
import { fileName, toCsv, written, type DataTable } from './table';

interface ToolsProps {
  /** The first part of the files' names. */
  name: string;
  table: () => DataTable;
  /** The picture of a chart; a table is drawn as text when it is missing. */
  picture?: () => Promise<Blob>;
  heading: Heading;
}

/** Downloads of a chart or a table: its figures as CSV, itself as PNG. */
export function Downloads({ name, table, picture, heading }: ToolsProps) {
  const [problem, say] = useState('');
  const csv = (): void => save(fileName([name], 'csv'), new Blob(['\ufeff', toCsv(table())], { type: 'text/csv' }));
  const png = async (): Promise<void> => {
    try {
      save(fileName([name], 'png'), await (picture ? picture() : pictureOfTable(table(), heading)));
      say('');
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Popover face={<Icon name="download" size={15} />} label={`Download ${heading.title}`} class="icon-button" end>
      {(close) => (
        <>
          {(['csv', 'png'] as const).map((kind) => (
            <button key={kind} type="button" class="option" onClick={() => (kind === 'csv' ? (csv(), close()) : void png().then(close))}>
              {kind === 'csv' ? 'Figures as CSV' : 'Picture as PNG'}
            </button>
          ))}
          {problem && <p role="alert">{problem}</p>}
        </>
      )}
    </Popover>
  );
}

interface ChartCardProps {
  title: ComponentChildren;
  /** The title as text, for files and labels. */
  name: string;
  about: string;
  /** Controls beside the title. */
  controls?: ComponentChildren;
  aside?: ComponentChildren;
  table: () => DataTable;
  testId: string;
  class?: string;
  /** What stands under the charts whether they are drawn or read as a table. */
  foot?: ComponentChildren;
  children: ComponentChildren;
}

/** A card around charts: they can be read as a table and downloaded. */
export function ChartCard(props: ChartCardProps) {
  const { title, name, about, controls, aside, table, testId, foot, children } = props;
  const [asTable, showTable] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const id = useId();
  const heading = { title: name, about };
  const picture = (): Promise<Blob> => (asTable || !body.current ? pictureOfTable(table(), heading) : pictureOf(body.current, heading));
  return (
    <section class={`card ${props.class ?? ''}`} aria-labelledby={id} data-testid={testId}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {controls}
        <div class="grow" />
        {aside}
        <div class="chart-tools">
          <button
            type="button"
            class="icon-button"
            aria-pressed={asTable}
            aria-label={`${name} as a table`}
            title={asTable ? 'Show the chart' : 'Show as a table'}
            data-testid={`${testId}-as-table`}
            onClick={() => showTable(!asTable)}
          >
            <Icon name="table" size={15} />
          </button>
          <Downloads name={name} table={table} picture={picture} heading={heading} />
        </div>
      </div>
      {asTable ? <DataGrid table={table()} /> : <div ref={body}>{children}</div>}
      {foot}
    </section>
  );
}

/** The figures of a chart, unrounded. */
export function DataGrid({ table }: { table: DataTable }) {
  return (
    <div class="table-wrap data-grid" tabIndex={0} role="region" aria-label={table.caption}>
      <table class="table">
        <caption class="sr">{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column} class={typeof cell === 'number' ? 'right num' : ''}>
                  {written(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

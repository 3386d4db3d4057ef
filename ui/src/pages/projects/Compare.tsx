import { Name } from '../../components/Name';
import { number, signed } from '../../format';
import { query, setQuery } from '../../state';

const ids = (): string[] => query.value.pick.split(',').filter(Boolean);

/** Those of `all` whose id the URL picks. */
export function picked<Item>(all: readonly Item[], id: (item: Item) => string): Item[] {
  const wanted = new Set(ids());
  return all.filter((item) => wanted.has(id(item)));
}

/** Picks a row to be compared; the picks are part of the URL. */
export function PickBox({ id, label }: { id: string; label: string }) {
  const chosen = ids();
  const is = chosen.includes(id);
  return (
    <input
      class="check"
      type="checkbox"
      aria-label={label}
      checked={is}
      onChange={() => setQuery({ pick: (is ? chosen.filter((other) => other !== id) : [...chosen, id]).join(',') })}
    />
  );
}

interface CompareProps {
  title: string;
  columns: readonly { key: string; title: string }[];
  groups: readonly { title: string; values: readonly Record<string, string | number>[] }[];
}

/** Some things side by side; what differs is marked, and figures say by how much they differ from the first. */
export const Compare = ({ title, columns, groups }: CompareProps) => (
  <section class="card flush" aria-label={title} data-testid="compare">
    <div class="card-head">
      <h2>{title}</h2>
      <span class="muted">differences are marked; figures are set against the first column</span>
    </div>
    <div class="table-wrap" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table class="table compare">
        <thead>
          <tr>
            <th scope="col">
              <span class="sr">What</span>
            </th>
            {columns.map((column) => (
              <th scope="col" key={column.key}>
                <Name text={column.title} />
              </th>
            ))}
          </tr>
        </thead>
        {groups.map((group) => (
          <Group key={group.title} {...group} />
        ))}
      </table>
    </div>
  </section>
);

function Group({ title, values }: CompareProps['groups'][number]) {
  const keys = [...new Set(values.flatMap((value) => Object.keys(value)))];
  if (keys.length === 0) return null;
  return (
    <tbody>
      <tr>
        <th colSpan={values.length + 1} scope="rowgroup" class="muted small">
          {title}
        </th>
      </tr>
      {keys.map((key) => {
        const cells = values.map((value) => value[key]);
        const differs = new Set(cells).size > 1;
        return (
          <tr key={key}>
            <th scope="row">
              <Name text={key} mono />
            </th>
            {cells.map((cell, index) => (
              <td key={index} class={differs ? 'num differs' : 'num'}>
                <Cell cell={cell} first={index === 0 ? undefined : cells[0]} />
              </td>
            ))}
          </tr>
        );
      })}
    </tbody>
  );
}

function Cell({ cell, first }: { cell: string | number | undefined; first: string | number | undefined }) {
  if (cell === undefined) return <span class="muted">–</span>;
  if (typeof cell === 'string') return <Name text={cell} />;
  return (
    <>
      {number(cell, 4)} {typeof first === 'number' && first !== cell && <span class="muted small">{signed(cell - first)}</span>}
    </>
  );
}

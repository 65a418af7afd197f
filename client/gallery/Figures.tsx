import { FIGURES } from './catalogue.ts';
import type { FigureTable } from './catalogue.ts';
import { ROW_WORDS } from './rowWords.ts';

/** The evaluation's means of the rows that the films show; the best of each column stands out. */
export function Figures({ table }: { table: FigureTable }) {
  const columns = FIGURES.filter(({ key }) => table.rows.some(({ figures }) => figures[key] !== undefined));
  const best = new Map(columns.map(({ key, best, digits }) => {
    const values = table.rows.flatMap(({ figures }) => figures[key] ?? []).map((value) => value.toFixed(digits));
    return [key, values.reduce((a, b) => ((best === 'high') === Number(b) > Number(a) ? b : a))];
  }));
  return (
    <section class="figures" aria-labelledby="figures-title">
      <header class="comparisons__head">
        <h2 id="figures-title">In figures</h2>
        <p>Means over {table.portraits} portraits that were never trained on, at the same number of splats.</p>
      </header>
      <div class="figures__scroll" tabIndex={0} role="region" aria-labelledby="figures-title">
        <table>
          <thead>
            <tr>
              <th scope="col"><span class="visually-hidden">Generator</span></th>
              {columns.map(({ key, title, words, best }) => <th scope="col" key={key} title={words}>{title} <span aria-label={best === 'high' ? 'higher is better' : 'lower is better'}>{best === 'high' ? '↑' : '↓'}</span></th>)}
            </tr>
          </thead>
          <tbody>
            {table.rows.map(({ row, figures }) => (
              <tr key={row} class={row === 'autoregressive' ? 'figures__ours' : ''}>
                <th scope="row">{ROW_WORDS[row].title}</th>
                {columns.map(({ key, digits }) => {
                  const value = figures[key]?.toFixed(digits);
                  return <td key={key} class={value !== undefined && value === best.get(key) ? 'figures__best' : ''}>{value ?? '–'}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

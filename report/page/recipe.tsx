import type {PageData} from '../drawing/drawing.ts';

export const RecipeSection = ({data: {recipe}}: {readonly data: PageData}) => (
  <div class="columns">
    <div>
      <h3>Commands</h3>
      <pre tabIndex={0}>{recipe.commands.join('\n')}</pre>
      {recipe.notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <h3>What was used</h3>
      <dl class="facts">
        {recipe.facts.map(({what, value}) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
    <div>
      <h3>The search, as a file</h3>
      <pre tabIndex={0} class="manifest">
        {recipe.manifest === '' ? 'The run directory holds no search.yaml.' : recipe.manifest}
      </pre>
      {recipe.winner !== '' && (
        <>
          <h3>The winner, as data</h3>
          <pre tabIndex={0}>{recipe.winner}</pre>
        </>
      )}
    </div>
  </div>
);

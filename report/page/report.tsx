import type {ComponentType} from 'preact';
import type {PageData} from '../drawing/drawing.ts';
import {plural} from '../wording.ts';
import {Failures} from './failures.tsx';
import {Found} from './found.tsx';
import {Progress} from './progress.tsx';
import {RecipeSection} from './recipe.tsx';
import {TrialTable} from './trial-table.tsx';
import {VerdictSection} from './verdict.tsx';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly Body: ComponentType<{readonly data: PageData}>;
}

/** The questions that the report answers, in their order. */
const sections: readonly Section[] = [
  {id: 'worth', title: 'Was it worth it?', Body: VerdictSection},
  {id: 'found', title: 'What was found?', Body: Found},
  {id: 'progress', title: 'How did it get there?', Body: Progress},
  {id: 'failures', title: 'What failed?', Body: Failures},
  {id: 'trials', title: 'Every trial', Body: TrialTable},
  {id: 'again', title: 'To have it again', Body: RecipeSection},
];

export const Report = ({data}: {readonly data: PageData}) => (
  <>
    <a class="skip" href="#worth">
      Skip to the answer
    </a>
    <header class="top">
      <div class="wide">
        <p class="eyebrow">archsearch report</p>
        <h1>{data.name}</h1>
        <p class="subtitle">
          {data.task} on <b>{data.data}</b> · {plural(data.trials.length, 'trial')} · {data.phase}
          {data.message === '' ? '' : `: ${data.message}`}
        </p>
        <nav aria-label="Questions">
          <ul>
            {sections.map(({id, title}) => (
              <li key={id}>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
    </header>
    <main class="wide">
      {sections.map(({id, title, Body}) => (
        <section key={id} id={id} aria-labelledby={`${id}-title`}>
          <h2 id={`${id}-title`}>{title}</h2>
          <Body data={data} />
        </section>
      ))}
    </main>
    <footer class="wide">Made by archsearch. This page is one file and loads nothing.</footer>
  </>
);

import type {FailureGroup} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {gpuTime, plural} from '../wording.ts';

export const Failures = ({data: {failures}}: {readonly data: PageData}) =>
  failures.length === 0 ? (
    <p>Nothing: every trial that was started brought a result.</p>
  ) : (
    <>
      {failures.map((group) => (
        <Group key={`${group.reason}${String(group.recovered)}`} group={group} />
      ))}
    </>
  );

const Group = ({group: {reason, remedy, count, gpuSeconds, recovered, examples}}: {readonly group: FailureGroup}) => (
  <article class={recovered ? 'card' : 'card failed'}>
    <h3>
      {reason}{' '}
      <span class="muted">
        {recovered ? plural(count, 'attempt', 'attempts, each tried again') : plural(count, 'failed trial')} ·{' '}
        {gpuTime(gpuSeconds)}
      </span>
    </h3>
    <p>
      <b>What to do:</b> {remedy}
    </p>
    <ul class="examples">
      {examples.map(({trial, message, log}) => (
        <li key={`${trial}${message}`}>
          <b>{trial}</b>: {message === '' ? 'no message' : message}
          {log !== undefined && (
            <details>
              <summary>Last lines of the log of {trial}</summary>
              <pre tabIndex={0}>{log}</pre>
            </details>
          )}
        </li>
      ))}
    </ul>
    {count > examples.length && (
      <p class="note">
        The last {plural(examples.length, 'one')} of {count}; the table below has them all.
      </p>
    )}
  </article>
);

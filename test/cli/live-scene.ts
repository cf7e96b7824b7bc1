/** A search that is watched in a terminal: run by `live.test.ts` on a pseudo terminal. Arguments: columns after the terminal was narrowed. */
import {execFileSync} from 'node:child_process';
import {instant} from '../../api/quantities.ts';
import {LiveView} from '../../cli/live.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {failing, starting, working} from './scenes.ts';

const view = new LiveView(process.stderr, () => instant(Date.parse('2026-01-01T00:02:00Z')));

/** Tells the terminal that reads this, and then the kernel, as a window does that is made smaller. */
function narrow(columns: string): void {
  process.stderr.write(`\u001B]9999;${columns}\u0007`);
  execFileSync('stty', ['cols', columns], {stdio: 'inherit'});
}

const scenes: readonly (Snapshot | string)[] = [starting, working, failing, ...process.argv.slice(2), failing];
for (const scene of scenes) {
  if (typeof scene === 'string') narrow(scene);
  else view.show(scene);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
view.say('said aside');
process.stderr.write('\u001B]9999;look\u0007');
view.close();
process.stdout.write('the end\n');

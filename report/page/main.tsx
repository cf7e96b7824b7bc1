import {render} from 'preact';
import type {PageData} from '../drawing/drawing.ts';
import {Report} from './report.tsx';

const [source, root] = ['data', 'report'].map((id) => document.getElementById(id));
if (source === null || source === undefined || root === null || root === undefined)
  throw new Error('the page lacks its data');
const data = JSON.parse(source.textContent) as PageData;
document.title = `${data.name}: archsearch report`;
root.replaceChildren();
render(<Report data={data} />, root);
document.documentElement.dataset['ready'] = String(Math.round(performance.now()));

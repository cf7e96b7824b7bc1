import {readFileSync} from 'node:fs';

// image-config.ts TARGET: the configuration of one of the Dockerfile's images, as the OCI image specification has it: the Dockerfile says it
// once, for both ways. An ARG is taken from the environment variable of its name, and else from its default.

const [target = ''] = process.argv.slice(2);
const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8').replaceAll('\\\n', ' ');
const stage = dockerfile.split(/^FROM /m).find((text) => text.startsWith(`scratch AS ${target}\n`));
if (stage === undefined) throw new Error(`the Dockerfile has no stage "FROM scratch AS ${target}"`);

/** What follows an instruction, for each time that it is there. */
const all = (instruction: string): readonly string[] =>
  [...stage.matchAll(new RegExp(`^${instruction} +(.*)$`, 'gm'))].map(([, text = '']) => text.trim());
const last = (instruction: string): string | undefined => all(instruction).at(-1);
const words = (instruction: string): unknown => JSON.parse(last(instruction) ?? 'null');

const values = new Map(
  all('ARG').map((argument) => {
    const [name = '', preset = ''] = argument.split('=');
    return [name, process.env[name] ?? preset];
  }),
);
const expanded = (text: string): string => text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
const labels = all('LABEL').flatMap((text) =>
  [...text.matchAll(/([\w.-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, expanded(value)]),
);

process.stdout.write(
  JSON.stringify({
    User: last('USER'),
    WorkingDir: last('WORKDIR'),
    Env: all('ENV').flatMap((text) => text.split(' ')),
    Entrypoint: words('ENTRYPOINT'),
    Cmd: words('CMD'),
    Labels: Object.fromEntries(labels) as unknown,
  }),
);

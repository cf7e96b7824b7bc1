import {readFileSync} from 'node:fs';

// The configuration of one of the Dockerfile's images, as the OCI image specification has it: the Dockerfile says it once, for both ways.

const [target = ''] = process.argv.slice(2);
const stages = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8').split(/^FROM /m);
const stage = stages.find((text) => text.startsWith(`scratch AS ${target}\n`));
if (stage === undefined) throw new Error(`the Dockerfile has no stage "FROM scratch AS ${target}"`);

const argument = (instruction: string): string | undefined =>
  new RegExp(`^${instruction} (.*)$`, 'm').exec(stage)?.[1]?.trim();
const words = (instruction: string): unknown => JSON.parse(argument(instruction) ?? 'null');

process.stdout.write(
  JSON.stringify({
    User: argument('USER'),
    WorkingDir: argument('WORKDIR'),
    Env: argument('ENV')?.split(' '),
    Entrypoint: words('ENTRYPOINT'),
    Cmd: words('CMD'),
  }),
);

import {ClusterApi} from '../../operator/cluster/api.ts';
import {Mirror} from '../../operator/cluster/mirror.ts';
import {MirroredApi} from '../../operator/cluster/mirrored-api.ts';
import type {Asker} from '../../operator/asking/question.ts';
import {Controller} from '../../operator/controller.ts';
import type {Departure} from '../../operator/observed.ts';
import type {ProtocolRules} from '../../operator/pod-view.ts';
import type {Bus, Clock, Key, KubernetesApi} from '../../operator/ports.ts';
import type {View} from '../../operator/view.ts';
import type {Calls} from './calls.ts';
import type {HttpTwin} from './http-twin.ts';
import type {Launched, Reconciler} from './operator-process.ts';
import {ParkedApi} from './parked-api.ts';
import {ParkedAsker} from './parked-asker.ts';
import {ParkedClient} from './parked-client.ts';
import type {ShiftedClock} from './shifted-clock.ts';

/** What an operator is built from. */
export interface Parts {
  readonly api: KubernetesApi;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly asker: Asker;
  /** Whether archsearch is being taken off the cluster. */
  readonly departure: () => Departure | undefined;
  readonly view?: View;
}
export type Build = (parts: Parts) => Reconciler;

/** The operator as it is, with these rules of the protocol in force. */
export const controllerWith =
  (rules: ProtocolRules): Build =>
  (parts) =>
    new Controller({...parts, rules});

interface Surroundings {
  readonly build: Build;
  readonly server: KubernetesApi;
  readonly twin: HttpTwin;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly departure: () => Departure | undefined;
  /** Searches by name, also those that only other objects still name. */
  readonly keys: () => readonly Key[];
  /** Clocks of operators may jump. */
  readonly jumps: (clock: Clock) => ShiftedClock;
}

/** As local mode has it: every round reads what there is. */
export const reading =
  ({build, server, bus, clock, departure, keys, jumps}: Surroundings) =>
  (calls: Calls, name: string): Launched => {
    const shifted = jumps(clock);
    return {
      reconciler: build({
        api: new ParkedApi(server, calls),
        bus,
        clock: shifted,
        asker: new ParkedAsker(calls),
        departure,
      }),
      keys,
      steps: () => shifted.steps(name),
      stop: () => undefined,
    };
  };

/** As a cluster's operator has it: every round looks at mirrors, which lag behind, and break, and are filled again. */
export const mirroring =
  ({build, twin, bus, clock, departure, jumps}: Surroundings) =>
  (calls: Calls, name: string): Launched => {
    const shifted = jumps(clock);
    const client = new ParkedClient(twin, calls);
    const cluster = new ClusterApi(client);
    const ignored = (): void => undefined;
    const mirror = new Mirror(cluster, {onChange: ignored, onTrouble: ignored});
    const api = new MirroredApi(cluster, mirror, ignored);
    mirror.start();
    return {
      reconciler: build({api, bus, clock: shifted, asker: new ParkedAsker(calls), departure, view: mirror.view}),
      keys: () => (mirror.synced ? mirror.searches() : []),
      steps: () => [...client.steps(name), ...shifted.steps(name)],
      stop: () => {
        mirror.stop();
      },
    };
  };

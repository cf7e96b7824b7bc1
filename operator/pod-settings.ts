/** What the operator's own set-up says of the Pods that it makes. */
export interface PodSettings {
  /** Image of the trial runner; a podTemplate may name another. */
  readonly image: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Where trials report to, `nats://host:port`; left out, only the termination message brings a result. */
  readonly natsUrl?: string;
  /** Token: NATS asks who somebody is, and trials show a token of their Pod. Disabled: NATS lets everybody in. */
  readonly natsIdentity?: 'Token' | 'Disabled';
  /** Certificates in PEM that NATS's is checked against; left out, it is reached without TLS. */
  readonly natsCa?: string;
  /** A ServiceAccount without rights, in every namespace with searches; trials get no token of it but one for NATS alone. */
  readonly serviceAccountName: string;
  /** The runtime class that gives containers their GPUs, where that is not the default runtime. */
  readonly runtimeClassName?: string;
  /**
   * Secrets, claims and ConfigMaps that a search names. Checked: an admission policy lets nobody name what they may not read
   * themselves. Refused: there is no such policy, so that none may be named; the operator's rights would read them for anybody.
   */
  readonly namedObjects: 'Checked' | 'Refused';
}

/** On one's own machine nobody else's objects can be named, and the runner is a child process. */
export const localPodSettings: PodSettings = {
  image: 'archsearch',
  serviceAccountName: 'default',
  namedObjects: 'Checked',
};

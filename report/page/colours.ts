/** Names of the style sheet's colours, which differ between light and dark. */
export const colours = {
  candidate: 'var(--candidate)',
  baseline: 'var(--baseline)',
  winner: 'var(--winner)',
  muted: 'var(--muted)',
  faint: 'var(--faint)',
  purposes: {
    Preflight: 'var(--muted)',
    Baseline: 'var(--baseline)',
    Candidate: 'var(--candidate)',
    Final: 'var(--winner)',
  } as Readonly<Record<string, string>>,
} as const;

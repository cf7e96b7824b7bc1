import type {Families, Family} from './family.ts';

const family =
  (type: Family['type']) =>
  (help: string, ...labels: readonly string[]): Family => ({type, help, labels});
const gauge = family('gauge');
const counter = family('counter');
const histogram = (buckets: readonly number[], help: string, ...labels: readonly string[]): Family => ({
  type: 'histogram',
  help,
  labels,
  buckets,
});

const workSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
const delaySeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30];

/** What there is to tell of a process of the operator, leading or not, since it was started. */
export const operatorFamilies = {
  archsearch_operator_info: gauge('1, with the version that runs.', 'version'),
  archsearch_operator_leader: gauge(
    '1 while this process holds the lease, otherwise 0. Series of searches come from the leader alone.',
  ),
  archsearch_operator_ready: gauge('1 while /readyz says so: mirrors are filled and fresh.'),
  archsearch_operator_reconcile_duration_seconds: histogram(
    workSeconds,
    'Rounds of looking after one search, by outcome: Acted, Idle, Failed (tried again).',
    'outcome',
  ),
  archsearch_operator_plan_duration_seconds: histogram(
    workSeconds,
    'Deciding what to do for one search, the strategy included.',
  ),
  archsearch_operator_fold_duration_seconds: histogram(
    workSeconds,
    'Folding what is new in the log of a search into its strategy.',
  ),
  archsearch_operator_replay_duration_seconds: histogram(
    workSeconds,
    'Folding the whole log of a search again, as the first round after a start does.',
  ),
  archsearch_operator_ask_duration_seconds: histogram(
    workSeconds,
    'Asking a strategy for the next candidate; a heavy one on a thread of its own, the folding of its log included.',
  ),
  archsearch_operator_actions_total: counter('Actions carried out, by kind.', 'action'),
  archsearch_operator_queue_depth: gauge('Searches that wait to be looked at.'),
  archsearch_operator_questions_waiting: gauge(
    'Questions to heavy strategies that wait while another one is thought about.',
  ),
  archsearch_operator_reconciles_running: gauge('Searches that are being looked at.'),
  archsearch_operator_reconcile_silence_seconds: gauge(
    'How long the round that is the longest without a sign of progress has been so; 0 when none runs.',
  ),
  archsearch_operator_api_requests_total: counter(
    'Requests to the API server, by verb and by the code that it answered with; code 0: no answer came.',
    'verb',
    'code',
  ),
  archsearch_operator_api_request_duration_seconds: histogram(
    workSeconds,
    'Requests to the API server that were answered; watches not included.',
    'verb',
  ),
  archsearch_operator_api_conflicts_total: counter(
    'Writes that the API server refused because somebody else had written before (409).',
  ),
  archsearch_operator_watch_age_seconds: gauge(
    'How long ago a kind was last heard of, by its watch or by a list, which follows after 150 s of silence.',
    'kind',
  ),
  archsearch_operator_mirrored_objects: gauge('Objects that are known of a kind.', 'kind'),
  archsearch_operator_failures_total: counter(
    'What went wrong and is tried again: Lease, Watch, Event, GraceCheck, Ask, Reconcile, Metrics (a search that cannot be told of). The log says what.',
    'activity',
  ),
  archsearch_operator_event_loop_delay_seconds: histogram(
    delaySeconds,
    'How late a timer of the process fires, tried four times a second.',
  ),
  archsearch_operator_nats_connected: gauge(
    '1 while there is a connection to NATS, 0 while there is none; absent without NATS.',
  ),
  archsearch_operator_nats_messages_received_total: counter('Messages of trials taken off NATS.'),
  archsearch_operator_nats_messages_dropped_total: counter('Messages of trials that did not count, by cause.', 'cause'),
  archsearch_operator_nats_refusals_total: counter('What NATS refused to others, by reason.', 'reason'),
} as const satisfies Families;

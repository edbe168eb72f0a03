import { objectionText } from '../../../domain/plan/objection';
import type { TargetScript } from '../../../domain/plan/script';
import type { RevisionPair, ScriptQuestion } from '../../../ports';
import { shellWord } from '../shell';
import { clusterByHand, escaped, revisionColumn, untold } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { markOf } from './marks';
import { abortedBefore, notTakenBack, pairOf, pausedThere, thirdIn, whyNotTemplate } from './rollout-reasons';
import { HASH_LABEL, isAsLeft, setOf, TOLERANCE } from './rollout-state';
import type { RolloutPlace, RolloutState } from './rollout-state';
import { homeOf, wishFor } from './rollout-steps';
import type { Pair, Wish } from './rollout-steps';
import { WOKEN } from './rollout-wake';
import { changeLines, TEMPLATE_OPERATION } from './template-by-hand';

const KIND = 'rollouts.argoproj.io';
/** Looks, a second apart, for which nothing may change although something is said. */
const UNHEARD = 5;
const STATUS = {
  current: '.status.currentPodHash',
  stable: '.status.stableRS',
  abort: '.status.abort',
  aborted: '.status.abortedAt',
  promote: '.status.promoteFull',
  at: '.status.currentStepIndex',
} as const;
const SERVED = [
  '.metadata.uid',
  '.spec.replicas',
  STATUS.abort,
  STATUS.promote,
  STATUS.current,
  STATUS.stable,
  '.spec.strategy.blueGreen.activeService',
  '.status.blueGreen.activeSelector',
  '.status.canary.weights.stable.podTemplateHash',
  '.status.canary.weights.stable.weight',
  '.status.canary.weights.canary.podTemplateHash',
  '.status.canary.weights.canary.weight',
  '.status.canary.weights.additional[*].weight',
];
/**
 * What the ReplicaSet `hash` does not serve yet: everything, or, where `most` is given, no more than that. Nothing where
 * it is so. Reads the fields of `SERVED` behind the word `rollout`, then a line of each ReplicaSet.
 */
const LACKS =
  '$1 == "rollout" { read = 1; uid = $2; wanted = $3 == "" ? 1 : $3; promoted = ($5 == "true"); ' +
  'stable = $7; rests = ($4 == "true" || $6 == $7) ? $7 : ""; green = ($8 != ""); active = $9 == "" ? $7 : $9; ' +
  'holder[1] = $10 == "" ? $7 : $10; weight[1] = $11; holder[2] = $12; weight[2] = $13; routed = ($11 $13 != ""); ' +
  'total = $11 + $13; more = split($14, extra, " "); for (i = 1; i <= more; i++) total += extra[i]; next } ' +
  'index($4, uid) { pods[$1] += $3; all += $3; if ($1 != hash) others += $2 + $3 } ' +
  'END { if (!read) { print "it cannot be read"; exit } ' +
  'if (green) share = 100 * (active == hash); ' +
  'else if (routed ? total == 0 : all == 0) share = 100 * (stable == hash); ' +
  'else if (routed) { for (i = 1; i <= 2; i++) if (holder[i] == hash) share += 100 * weight[i] / total } ' +
  'else share = 100 * pods[hash] / all; ' +
  `is = name " serves " sprintf("%.1f", share) " %"; ` +
  'if (promoted) print is ", and is on its way"; ' +
  `else if (most != "") { if (share > most + ${TOLERANCE}) print is ", not yet " most " %" } ` +
  'else if (pods[hash] < wanted) print is " with " pods[hash] + 0 " of " wanted " pods"; ' +
  `else if (rests != hash || share < ${100 - TOLERANCE}) print is; ` +
  'else if (!green && !routed && others > 0) print "others than " name " still have pods" }';

/** What the commands are about. */
interface Taken {
  readonly name: string;
  readonly pair: Pair;
  /** The ReplicaSets' names by their hashes. */
  readonly sets: Readonly<Record<'from' | 'to', string>>;
  /** Options that select its ReplicaSets. */
  readonly selected: readonly string[];
  /** Commands that stop where it is paused, where its way was aborted, and where it may not be given a template. */
  readonly stops: Readonly<Record<'paused' | 'aborted', string>> & { readonly template: string | undefined };
}

/**
 * What its controller is told as commands. The plugin of Argo Rollouts is not needed, and would not do: its `undo` takes
 * a template back without promoting it past the steps that could abort it.
 */
export function rolloutByHand(
  place: RolloutPlace,
  state: RolloutState,
  server: string,
  { revision, weights }: ScriptQuestion,
): TargetScript {
  const { target, settings } = place;
  const pair = pairOf(place, state, revision);
  if ('code' in pair) throw untold(target, pair);
  const refusal = notTakenBack(place, state, pair) ?? thirdIn(place, state, revision);
  if (refusal !== undefined) throw untold(target, refusal);
  const shell = clusterByHand(target, server, settings.namespace);
  const taken = takenBy(place, state, pair, shell);
  const { sets, selected } = taken;
  const home = homeBefore(state, revision, pair);
  const of = (hash: string): string => `${hash} ${hash === pair.to ? sets.to : sets.from}`;
  const linesOf = ({ hash, other, under, back }: Wish): readonly string[] =>
    under
      ? [`${shell.functionOf('resume')} ${under.step} ${of(other)} ${under.share}`]
      : [`${shell.functionOf('bring')} ${of(hash)} ${back ? 'abort' : 'template'}`];
  const columns = [
    'REPLICASET:.metadata.name',
    `REVISION:${revisionColumn(settings.revision, '.spec.template')}`,
    'AVAILABLE:.status.availableReplicas',
  ];
  const told = ['PHASE:.status.phase', 'STABLE:.status.stableRS', 'ABORTED:.status.abort'];
  const routed = ['TO-STABLE:.status.canary.weights.stable.weight', 'ACTIVE:.status.blueGreen.activeSelector'];
  const shown = (each: readonly string[]): readonly string[] => ['--output', `custom-columns=${each.join(',')}`];
  return {
    needs: ['awk', 'kubectl'],
    begin: [...shell.begin, ...bringLines(shell, taken)],
    steps: weights.flatMap((weight) => {
      const wish = wishFor(pair, weight, home);
      return wish ? [{ weight, lines: linesOf(wish) }] : [];
    }),
    show: [
      shell.kubectl('get', KIND, settings.rollout, ...shown(['ROLLOUT:.metadata.name', ...told, ...routed])),
      shell.kubectl('get', 'replicaset', ...selected, ...shown(columns)),
    ],
  };
}

/** What it was before the rollback: kept by our last effect, as long as nobody has rolled anything out since. */
function homeBefore(state: RolloutState, revision: RevisionPair, pair: Pair): ReturnType<typeof homeOf> {
  const { metadata, status } = state.rollout;
  if (status.currentPodHash === pair.from && status.stableRS === pair.to && !status.abort)
    return homeOf(state, revision, pair);
  const seen = markOf(metadata, 'shift');
  return seen && isAsLeft(state, seen) ? seen : {};
}

function takenBy(place: RolloutPlace, state: RolloutState, pair: Pair, shell: ClusterByHand): Taken {
  const { target, settings } = place;
  const nameOf = (hash: string): string => setOf(state, hash)?.name ?? hash;
  const labels = Object.entries(state.rollout.spec.selector.matchLabels).map((label) => label.join('='));
  const stop = (why: Parameters<typeof objectionText>[0]): string =>
    `${shell.functionOf('stop')} ${shellWord(`${target}: ${objectionText(why)}`)}`;
  const template = whyNotTemplate(place, state);
  return {
    name: settings.rollout,
    pair,
    sets: { from: nameOf(pair.from), to: nameOf(pair.to) },
    selected: labels.length === 0 ? [] : ['--selector', labels.join(',')],
    stops: {
      paused: stop(pausedThere(place)),
      aborted: stop(abortedBefore(place)),
      template: template && stop(template),
    },
  };
}

/** `bring` makes a ReplicaSet serve everything, by an abort where that will do; `resume` takes an abort back. */
function bringLines(shell: ClusterByHand, taken: Taken): readonly string[] {
  const { name, pair, stops } = taken;
  const { from, to } = pair;
  const [stop, tell, ours] = [shell.functionOf('stop'), shell.functionOf('tell'), shell.functionOf('ours')];
  const set = (field: string, value: string): string => `,{"op":"add","path":"/status/${field}","value":${value}}`;
  const is = (field: string, variable: string): string =>
    `{"op":"test","path":"/status/${field}","value":"'"$${variable}"'"}`;
  const options = ['--subresource', 'status', '--type', 'json', '--patch-file', '/dev/stdin'];
  return [
    ...lookLines(shell, taken),
    `${tell}() {`,
    `  printf '[%s%s]' '${is('currentPodHash', 'current')},${is('stableRS', 'stable')}' "$1" |`,
    `    ${shell.kubectl('patch', KIND, name, ...options)} ||`,
    `    ${stop} '${name} is as it was: if somebody else has just changed it, run this step again'`,
    '}',
    `${ours}() {`,
    `  ${shell.until('heard')}`,
    `  case $current/$stable in`,
    `    ${from}/${from} | ${from}/${to} | ${to}/${from} | ${to}/${to}) ;;`,
    `    *) ${stop} "${name} was rolled out anew since this was written: it is at $current, and serves $stable" ;;`,
    '  esac',
    `  [ "$paused" != true ] || ${stops.paused}`,
    '}',
    `${shell.functionOf('bring')}() {`,
    `  ${ours}`,
    '  if [ "$current" != "$1" ] && [ "$stable" = "$1" ] && [ "$3" = abort ]; then',
    // One that is being promoted would take the abort away.
    `    { [ "$abort" = true ] && [ "$promote" != true ]; } || ${tell} '${set('abort', 'true')}${set('promoteFull', 'false')}'`,
    '  elif [ "$current" != "$1" ]; then',
    ...(stops.template === undefined ? templateLines(shell, name) : [`    ${stops.template}`]),
    '  fi',
    '  if [ "$current" = "$1" ] && [ "$stable" != "$1" ]; then',
    `    [ "$abort/$3" != true/abort ] || ${stops.aborted}`,
    `    [ "$promote" = true ] || ${tell} '${set('promoteFull', 'true')}'`,
    '  fi',
    `  ${shell.until('served')} "$1" "$2" ''`,
    '}',
    `${shell.functionOf('resume')}() {`,
    `  ${ours}`,
    `  [ "$current/$stable" = ${from}/${to} ] ||`,
    `    ${stop} "${name} is no more on the way that was aborted: it is at $current, and serves $stable"`,
    '  if [ "$abort" = true ]; then',
    `    told='${set('abort', 'false')}'`,
    `    [ -z "$at" ] || told="$told"'${set('currentStepIndex', `'"$1"'`)}'`,
    `    ${tell} "$told"`,
    '  fi',
    `  ${shell.until('served')} "$2" "$3" "$4"`,
    '}',
  ];
}

/** Puts the template of the ReplicaSet `$2` back, and waits until the controller is at it. */
function templateLines(shell: ClusterByHand, name: string): readonly string[] {
  return [
    `    template=$(${shell.functionOf('kube')} get replicaset "$2" --output 'jsonpath={.spec.template}')`,
    `    ${shell.functionOf('change')} '${TEMPLATE_OPERATION},{"op":"remove","path":"/spec/template/metadata/labels/${HASH_LABEL}"}'`,
    `    ${shell.functionOf('ours')}`,
    `    [ "$current" = "$1" ] || ${shell.functionOf('stop')} "${name} has been rolled out anew meanwhile: it is at $current"`,
  ];
}

/**
 * `heard` reads it once its controller has heard what it was told, `served` looks whether that is done, and `wake`
 * touches what nobody has changed for a while although something is said on it: see `createWaker`.
 */
function lookLines(shell: ClusterByHand, { name, selected }: Taken): readonly string[] {
  const [kube, wake, heard] = [shell.functionOf('kube'), shell.functionOf('wake'), shell.functionOf('heard')];
  const rollout = `jsonpath=rollout/${SERVED.map((path) => `{${path}}`).join('/')}{"\\n"}`;
  const sets =
    `jsonpath={range .items[*]}{.metadata.labels.${escaped(HASH_LABEL)}}/{.spec.replicas}/` +
    '{.status.availableReplicas}/{.metadata.ownerReferences[*].uid}{"\\n"}{end}';
  const fields = { version: '.metadata.resourceVersion', ...STATUS, paused: '.spec.paused' };
  return [
    ...changeLines(shell, [KIND, name], fields),
    `known='' still=0`,
    `${wake}() {`,
    '  [ -n "$version" ] || return 0',
    '  [ "$version" = "$known" ] || { known=$version still=0; }',
    '  still=$((still + 1))',
    `  [ "$still" -ne ${UNHEARD} ] || ${kube} annotate ${KIND} ${name} --overwrite --resource-version "$version" "${WOKEN}=$version" > /dev/null || :`,
    '}',
    `${heard}() {`,
    `  if ${shell.functionOf('seen')}; then`,
    '    case $abort/$aborted in true/?* | false/ | /) return 0 ;; esac',
    `    lacks='the controller has not taken the abort up, or back, yet'`,
    '  fi',
    `  ${wake}`,
    '  return 1',
    '}',
    `${shell.functionOf('served')}() {`,
    `  ${heard} || return 1`,
    `  lacks=$({ ${shell.kubectl('get', KIND, name, '--output', rollout)}; ${shell.kubectl('get', 'replicaset', ...selected, '--output', sets)}; } |`,
    `    awk -F/ -v hash="$1" -v name="$2" -v most="$3" '${LACKS}')`,
    '  [ -n "$lacks" ] || return 0',
    `  [ "$promote" != true ] || ${wake}`,
    '  return 1',
    '}',
  ];
}

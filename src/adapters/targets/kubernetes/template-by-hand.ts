import type { ClusterByHand } from './by-hand';

/** What of an object is read into variables of a shell: paths by the variables' names. */
type Fields = Readonly<Record<string, string>>;

/**
 * Defines `seen`, which reads an object once its controller has seen its last change, and `change`, which changes it
 * only as it was read. A template goes from the cluster to the cluster: a script that people are given does not hold it.
 */
export function changeLines(
  shell: ClusterByHand,
  [kind, name]: readonly [string, string],
  fields: Fields,
): readonly string[] {
  const paths = ['.metadata.generation', '.status.observedGeneration', ...Object.values(fields)];
  const output = `jsonpath=${paths.map((path) => `{${path}}`).join('/')}`;
  return [
    `${shell.functionOf('seen')}() {`,
    `  IFS=/ read -r ${['generation', 'observed', ...Object.keys(fields)].join(' ')} <<END`,
    `$(${shell.kubectl('get', kind, name, '--output', output)})`,
    'END',
    '  [ -n "$generation" ] && [ "$observed" = "$generation" ] && return',
    `  lacks='the controller has not seen the last change yet'`,
    '  return 1',
    '}',
    `${shell.functionOf('change')}() {`,
    `  printf '[{"op":"test","path":"/metadata/generation","value":%s}%s]' "$generation" "$1" |`,
    `    ${shell.kubectl('patch', kind, name, '--type', 'json', '--patch-file', '/dev/stdin')} ||`,
    `    ${shell.functionOf('stop')} '${name} is as it was: if somebody else has just changed it, run this step again'`,
    '}',
  ];
}

/** The operation, as a part of a list in quotes of a shell, that puts back the template in `$template`. */
export const TEMPLATE_OPERATION = `,{"op":"replace","path":"/spec/template","value":'"$template"'}`;

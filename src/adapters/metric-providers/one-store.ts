/** Sources that ask one store for all targets, and count all of it for each where no label tells targets apart. */
const ONE_STORE: ReadonlySet<unknown> = new Set(['prometheus', 'newrelic', 'datadog', 'cloudwatch']);

/** True where settings, as they are written, say nothing by which several targets could be told apart. */
export function countsTargetsTogether(config: Readonly<Record<string, unknown>>): boolean {
  const tells = [config.targetLabel, config.targets, config.regions, config.accounts];
  return ONE_STORE.has(config.type) && tells.every((each) => each === undefined);
}

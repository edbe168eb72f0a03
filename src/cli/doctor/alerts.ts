import { matchServices } from '../../domain/alert/match';
import type { Finding } from '../examination';
import { fine } from './picture';
import type { Picture } from './picture';

/** Whether an alert can reach the service, by which labels, and whom it would reach besides. */
export function alertFindings({ policy, loaded, name }: Picture): readonly Finding[] {
  const { environment, service, alerts } = policy;
  const own = Object.entries(alerts.match);
  const labels = own.length > 0 ? alerts.match : { service };
  // Which environment is meant may be among them already.
  const whole = 'environment' in labels || 'env' in labels ? labels : { environment, ...labels };
  const reached = matchServices(whole, loaded.services);
  const what = 'alerts';
  if (!reached.some((each) => each === policy))
    return [
      {
        state: 'bad',
        what,
        seen: `none can reach it: ${said(whole)} means another environment`,
        fix: `leave environment and env out of alerts.match, or set them to ${environment}`,
      },
    ];
  const sources = Object.keys(loaded.gateway.alertSources).map((source) => `POST /v1/alerts/${source}`);
  const seen = `${alerts.severities.join(' or ')} with ${said(whole)} reaches it (${sources.join(', ')})`;
  const others = reached.filter((each) => each !== policy).map((each) => `${each.environment}/${each.service}`);
  if (others.length > 0)
    return [
      {
        state: 'note',
        what,
        seen: `${seen}, and ${others.join(', ')} as well`,
        fix: `give ${name} an alerts.match of its own, if that is not meant`,
      },
    ];
  if (matchServices(labels, loaded.services).includes(policy)) return [fine(what, seen)];
  return [
    {
      state: 'note',
      what,
      seen: `${seen}; one without the environment reaches nobody, for ${service} runs in several`,
      fix: 'let every alert carry the label environment or env',
    },
  ];
}

function said(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ');
}

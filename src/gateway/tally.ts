/** What became of the alerts that came to this gateway, since it started. */
export interface AlertTally {
  /** Deliveries answered 202. */
  accepted: number;
  /** Deliveries answered 503 because Temporal did not take them. */
  unavailable: number;
  /** Deliveries answered 503 before they were read. */
  shed: number;
  /** Alerts recorded for themselves. */
  recorded: number;
  /** Alerts that said what had just been recorded or was being recorded. */
  coalesced: number;
  /** Calls to Temporal that they took. */
  calls: number;
}

/** Nothing has come yet. */
export function openTally(): AlertTally {
  return { accepted: 0, unavailable: 0, shed: 0, recorded: 0, coalesced: 0, calls: 0 };
}

/** The page that Prometheus reads. */
export function metricsPage(tally: AlertTally, residentBytes: number): string {
  return [
    ...counter('alert_deliveries', 'deliveries of alerts by how they were answered', {
      'result="accepted"': tally.accepted,
      'result="unavailable"': tally.unavailable,
      'result="shed"': tally.shed,
    }),
    ...counter('alerts', 'alerts recorded for themselves, and those that said what had just been recorded', {
      'handling="recorded"': tally.recorded,
      'handling="coalesced"': tally.coalesced,
    }),
    ...counter('alert_calls', 'calls to Temporal that recorded them', { '': tally.calls }),
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${residentBytes}`,
    '',
  ].join('\n');
}

function counter(name: string, help: string, values: Readonly<Record<string, number>>): readonly string[] {
  const whole = `phased_rollback_${name}_total`;
  return [
    `# HELP ${whole} ${help}`,
    `# TYPE ${whole} counter`,
    ...Object.entries(values).map(([labels, value]) => `${whole}${labels === '' ? '' : `{${labels}}`} ${value}`),
  ];
}

import type { AlertSource, Archive, DeploymentTarget, MetricProvider, Notifier, ReadinessCheck } from '../ports';
import type { InMemoryArchive } from './archives/in-memory';
import { kindsOf } from './kind';
import type { MetricContext } from './metric-providers/in-memory';
import type { InMemoryNotifier } from './notifiers/in-memory';
import type { TargetContext } from './targets/target-context';

/** A kind of place where services run. */
export const targetKind = kindsOf<DeploymentTarget, TargetContext>();
/** A kind of source of metrics. */
export const metricKind = kindsOf<MetricProvider, MetricContext>();
/** A kind of readiness check that a team can add. */
export const checkKind = kindsOf<ReadinessCheck>();
/** A kind of way to reach people. */
export const notifierKind = kindsOf<Notifier, InMemoryNotifier>();
/** A kind of place for reports. */
export const archiveKind = kindsOf<Archive, InMemoryArchive>();
/** A kind of webhook format. */
export const alertSourceKind = kindsOf<AlertSource>();

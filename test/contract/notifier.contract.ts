import type { Notification, Notifier } from '../../src/ports';

/** A notifier and what people got by it. */
export interface NotifierSubject {
  readonly notifier: Notifier;
  /** Ids and titles that arrived, a repeat of an id once. */
  readonly received: () => readonly { readonly id: string; readonly title: string }[];
  readonly close: () => Promise<void>;
}

/** A notification as a rollback sends it. */
export function notification(change: Partial<Notification> = {}): Notification {
  const base = { id: 'rollback/prod/checkout/1/3', rollback: 'rollback/prod/checkout/1', at: 1_795_400_905_000 };
  return { ...base, level: 'page', title: 'waiting for approval', text: 'line 1\nline 2', ...change };
}

/** What every `Notifier` promises. */
export function describeNotifier(suite: {
  readonly name: string;
  readonly create: () => Promise<NotifierSubject>;
}): void {
  const signal = new AbortController().signal;
  describe(`${suite.name} as a notifier`, () => {
    it('delivers every level with its id and title', async () => {
      const { notifier, received, close } = await suite.create();
      await notifier.notify(notification(), signal);
      await notifier.notify(notification({ id: 'n2', level: 'info', title: 'handled' }), signal);
      expect(received()).toEqual([
        { id: 'rollback/prod/checkout/1/3', title: 'waiting for approval' },
        { id: 'n2', title: 'handled' },
      ]);
      await close();
    });
    it('lets a receiver tell a repeat from something new', async () => {
      const { notifier, received, close } = await suite.create();
      await notifier.notify(notification(), signal);
      await notifier.notify(notification(), signal);
      expect(received()).toHaveLength(1);
      await close();
    });
  });
}

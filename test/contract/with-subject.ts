/** Makes tests that each have a subject of their own, which is closed whatever comes of them. */
export function withSubject<Subject extends { readonly close: () => Promise<void> }>(
  create: () => Promise<Subject>,
): (title: string, body: (subject: Subject) => Promise<void>) => void {
  return (title, body) => {
    it(title, async () => {
      const subject = await create();
      try {
        await body(subject);
      } finally {
        await subject.close();
      }
    });
  };
}

import { RetryableError, TerminalError } from '../../ports';
import { systemCodeOf } from '../system-code';

/** Works on a target's file; what the file system says against it becomes an error of the port, by its code. */
export async function onFile<T>(says: (what: string) => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RetryableError || error instanceof TerminalError) throw error;
    const code = systemCodeOf(error) ?? String(error);
    if (['EACCES', 'EPERM', 'EROFS'].includes(code))
      throw new TerminalError('TARGET_UNAUTHORIZED', says(`this worker may not use the file (${code})`), {
        cause: error,
      });
    throw new RetryableError('TARGET_UNREACHABLE', says(`the file cannot be used (${code})`), { cause: error });
  }
}

import { TemporalSetupError } from '../../src/temporal';
import { buildProgram } from '../../src/cli/program';
import { say } from './support/fake-cli';

const NAMES = [
  'start',
  'now',
  'plan',
  'status',
  'list',
  'report',
  'approve',
  'pause',
  'resume',
  'abort',
  'unwind',
  'retry',
  'replan',
  'adopt',
  'skip',
  'automation',
  'release',
  'slot',
  'gate',
  'freeze',
  'thaw',
  'quarantine',
  'unquarantine',
  'judge',
  'simulate',
  'init',
  'config',
  'doctor',
  'setup',
  'dev',
  'worker',
  'gateway',
  'upgrade',
  'demo',
];

describe('the command line', () => {
  it('knows exactly these commands', () => {
    // Only the shape of the program is looked at; no command runs.
    const program = buildProgram({ version: '1' } as Parameters<typeof buildProgram>[0]);
    expect(program.commands.map((command) => command.name())).toEqual(NAMES);
  });

  it.each(NAMES)('%s explains itself', async (name) => {
    const said = await say([name, '--help']);
    expect(said).toMatchObject({ exit: 0, err: '' });
    expect(said.out).toContain(`Usage: phased-rollback ${name}`);
  });

  it('names its exit codes and its version', async () => {
    expect((await say(['--help'])).out).toContain('Exit codes: 0 ok');
    expect(await say(['--version'])).toMatchObject({ exit: 0, out: '9.9.9\n' });
  });

  it.each([
    ['nothing', []],
    ['an unknown command', ['statsu', 'prod/checkout']],
    ['a missing name', ['status']],
    ['an unknown option', ['status', 'prod/checkout', '--colour']],
    ['a value outside the choices', ['status', 'prod/checkout', '-o', 'yaml']],
    ['a superfluous argument', ['status', 'prod/checkout', 'now']],
    ['nobody who says it', ['pause', 'prod/checkout']],
  ])('ends with 2 on %s', async (_, args) => {
    const said = await say(args, { env: {} });
    expect(said.exit).toBe(2);
    expect(said.out).toBe('');
    expect(said.err).not.toBe('');
  });

  it('prints one message and no stack when Temporal cannot be reached', async () => {
    const fails = new TemporalSetupError(
      'ADDRESS_UNREACHABLE',
      'Temporal at 127.0.0.1:1 cannot be reached. Check TEMPORAL_ADDRESS',
    );
    const said = await say(['list'], { fails });
    expect(said).toEqual({ exit: 5, out: '', err: `error: ${fails.message}\n`, sleeps: 0 });
  });

  it('colours for a person only', async () => {
    const red = '\u001b[31merror:';
    expect((await say(['status', 'x'], { terminal: true, env: {} })).err).toContain(red);
    expect((await say(['status', 'x'], { terminal: true, env: { NO_COLOR: '1' } })).err).not.toContain(red);
    expect((await say(['status', 'x'], { env: {} })).err).not.toContain(red);
  });
});

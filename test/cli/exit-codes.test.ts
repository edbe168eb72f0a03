import { CliError, EXIT, exitCodeOf } from '../../src/cli/exit-codes';
import { ClientError } from '../../src/client';
import { TerminalError } from '../../src/ports';
import { TemporalSetupError } from '../../src/temporal';

describe('exit codes of failures', () => {
  it.each([
    ['a command that says so itself', new CliError(EXIT.waiting, 'x'), 3],
    ['Temporal out of reach', new TemporalSetupError('ADDRESS_UNREACHABLE', 'x'), 5],
    ['Temporal too busy to answer', new TemporalSetupError('NO_ANSWER_IN_TIME', 'x'), 5],
    ['Temporal gone in the middle', new ClientError('TEMPORAL_UNAVAILABLE', 'x'), 5],
    ['something that is not there', new ClientError('NOT_FOUND', 'x'), 1],
    ['no Temporal to be had on this machine', new TemporalSetupError('TEMPORAL_MISSING', 'x'), 2],
    ['a namespace that is not set up', new TemporalSetupError('SEARCH_ATTRIBUTES_MISSING', 'x'), 2],
    ['a port that is taken', new TemporalSetupError('PORT_TAKEN', 'x'), 2],
    ['a policy file that is missing', new TerminalError('POLICY_INVALID', 'x'), 2],
    ['anything else', new Error('x'), 1],
  ])('%s', (_, error, exit) => {
    expect(exitCodeOf(error)).toBe(exit);
  });
});

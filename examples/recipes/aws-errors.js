'use strict';

// What the AWS SDK throws, for the programs of the recipes that use it.
const { refused } = require('./exec-target');

/** No attempt helps before somebody has changed something. */
const NOT_LET_IN = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

async function asking(ask) {
  try {
    return await ask();
  } catch (error) {
    if (NOT_LET_IN.has(error.name)) throw refused('NOT_ALLOWED', error.message);
    if (error.name === 'ResourceNotFoundException') throw refused('OTHER', error.message);
    throw error;
  }
}

module.exports = { asking };

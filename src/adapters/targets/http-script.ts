import type { AskedByHand } from './asked-script';
import { shellSecret, shellUrl, shellWord } from './shell';

/** Prints the signature of its argument by the secret in its environment: on a command line every user could read it. */
const SIGN = [
  'import base64, hashlib, hmac, os, sys',
  'key = base64.b64decode(os.environ["KEY"].removeprefix("whsec_"))',
  'print("v1," + base64.b64encode(hmac.new(key, sys.argv[1].encode(), hashlib.sha256).digest()).decode())',
].join('; ');

/** How a shell speaks the HTTP contract: signed where there is a secret, asking for the end of what was accepted. */
export function httpByHand(
  target: string,
  { url, secret }: { readonly url: string; readonly secret?: string | undefined },
): AskedByHand {
  return {
    needs: secret === undefined ? ['curl'] : ['curl', 'python3'],
    define: (ask) => [
      `post_${ask}() {`,
      `  now=$(date +%s) id="msg_\${now}_$(printf '%s' "$1$3$4" | cksum | tr -d ' ')"`,
      ...(secret === undefined
        ? ['  sign=unsigned']
        : [`  sign=$(KEY=${shellSecret(secret)} python3 -c ${shellWord(SIGN)} "$id.$now.$3")`]),
      `  printf '%s' "$3" | curl -sS --max-time 10 -w '\\n%{http_code}' -X "$1" --data-binary @- \\`,
      `    -H 'content-type: application/json' -H "idempotency-key: $4" -H "webhook-id: $id" \\`,
      '    -H "webhook-timestamp: $now" -H "webhook-signature: $sign" "$2"',
      '}',
      `${ask}() {`,
      `  at=${shellUrl(target, url)}`,
      `  reply=$(post_${ask} POST "$at" "$1" "$2")`,
      `  while [ "$(printf '%s' "$reply" | tail -n 1)" = 202 ]; do`,
      '    sleep 1',
      `    path=$(printf '%s' "$reply" | sed '$d' | jq -r .statusUrl | sed 's,^[a-z]*://[^/]*,,')`,
      `    reply=$(post_${ask} GET "$(printf '%s' "$at" | sed 's,^\\([a-z]*://[^/]*\\).*,\\1,')$path" '' '')`,
      '  done',
      `  printf '%s\\n' "$reply" | sed '$d'`,
      `  [ "$(printf '%s' "$reply" | tail -n 1)" = 200 ]`,
      '}',
    ],
  };
}

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copySource, goBuild, sourceOf } from './go';
import { installedOnce } from './installed';

const VERSION = 'v3.5.4';
const LEGO = 'github.com/go-acme/lego/v4';
const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.4.1';
/** In place of the clients of a hundred DNS services: a gateway of tests asks nobody for certificates. */
const NO_DNS_SERVICES = `package dns

import (
	"fmt"

	"github.com/go-acme/lego/v4/challenge"
)

// NewDNSChallengeProviderByName knows none.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("no DNS service is built in, so not %s", name)
}
`;

/** A real gateway for Kubernetes, with the definitions of the resources that it reads. */
export interface Traefik {
  readonly program: string;
  /** In YAML; a control plane of tests has that of routes already. */
  readonly definitions: readonly string[];
}

/** The real Traefik, built once for this user. */
export async function traefik(say: (line: string) => void): Promise<Traefik> {
  const folder = await installedOnce(
    {
      folder: `traefik-${VERSION}`,
      name: `Traefik ${VERSION}`,
      cost: 'built with Go, nine minutes on two busy cores',
      make: build,
    },
    say,
  );
  const definitions = join(folder, 'definitions');
  return {
    program: join(folder, 'traefik'),
    definitions: readdirSync(definitions)
      .filter((name) => !name.includes('httproutes'))
      .map((name) => readFileSync(join(definitions, name), 'utf8')),
  };
}

async function build(folder: string): Promise<void> {
  const source = join(folder, 'source');
  const lego = join(folder, 'lego');
  copySource(folder, `github.com/traefik/traefik/v3@${VERSION}`, source);
  const mod = join(source, 'go.mod');
  const text = readFileSync(mod, 'utf8');
  const [, legoVersion = ''] = new RegExp(`${LEGO} (v\\S+)`).exec(text) ?? [];
  copySource(folder, `${LEGO}@${legoVersion}`, lego);
  writeFileSync(join(lego, 'providers', 'dns', 'zz_gen_dns_providers.go'), NO_DNS_SERVICES);
  writeFileSync(mod, `${text}\nreplace ${LEGO} => ../lego\n`);
  await goBuild(source, ['-ldflags', '-s -w', '-o', join(folder, 'traefik'), './cmd/traefik']);
  const definitions = join('config', 'crd', 'standard');
  cpSync(join(sourceOf(folder, GATEWAY_API), definitions), join(folder, 'definitions'), { recursive: true });
  for (const each of [source, lego]) rmSync(each, { recursive: true });
}

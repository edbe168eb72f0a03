import { argoRollouts } from './argo-rollouts';
import { helmFolder } from './helm';
import { kubernetesTools } from './kubernetes';
import { motoPython, noMoto } from './moto';
import { noNomad, nomadProgram } from './nomad';
import { temporalBinary } from './temporal';
import { temporalServer } from './temporal-server';
import { traefik } from './traefik';
import { unleashModules } from './unleash';

type Say = (line: string) => void;

/** Something of others that tests need, installed or built once for a user. */
export interface Tool {
  /** Where it is, made first where it is not there yet; says what that takes, and what it took. */
  readonly ensure: (say: Say) => Promise<string>;
  /** Why there is none to be had, where its suites are skipped for that reason. */
  readonly missing?: () => string | undefined;
}

/** Every one of them, by the name that `scripts/ensure-tools.js` knows it by. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  temporal: { ensure: temporalBinary },
  kubernetes: { ensure: async (say) => (await kubernetesTools(say))['kube-apiserver'] },
  'argo-rollouts': { ensure: async (say) => (await argoRollouts(say)).controller },
  helm: { ensure: helmFolder },
  traefik: { ensure: async (say) => (await traefik(say)).program },
  'temporal-server': { ensure: async (say) => (await temporalServer(say)).server },
  unleash: { ensure: unleashModules },
  nomad: { ensure: nomadProgram, missing: noNomad },
  moto: { ensure: motoPython, missing: noMoto },
};

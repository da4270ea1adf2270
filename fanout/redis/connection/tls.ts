import { ConfigError } from '#runtime/config/config.ts';
import { readCertificates, readKeyPair } from '#runtime/config/pem-files.ts';

/** How TLS to Redis is spoken; texts in PEM. An empty one trusts what Node trusts, and shows no certificate. */
export interface RedisTls {
  /** The authorities that may have signed the servers' certificates. */
  readonly ca?: string;
  /** Our own certificate and its key, for a Redis that asks for one. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the servers' certificates are for, where they are reached by another. */
  readonly servername?: string;
}

/** Paths as configured; empty = none. */
export interface RedisTlsFiles {
  readonly redisTlsCa: string;
  readonly redisTlsCert: string;
  readonly redisTlsKey: string;
  readonly redisTlsName: string;
}

/**
 * Undefined without TLS. The files are read once, at the start.
 * @throws ConfigError when a file is not what it should be, or keys do not fit each other
 */
export function readRedisTls(usesTls: boolean, files: RedisTlsFiles): RedisTls | undefined {
  const { redisTlsCa: ca, redisTlsCert: cert, redisTlsKey: key, redisTlsName: servername } = files;
  if (!usesTls) {
    if ([ca, cert, key, servername].some((value) => value !== ''))
      throw new ConfigError([
        'TICKWIRE_REDIS_TLS_… keys are set, but TICKWIRE_REDIS_URL does not begin with rediss://, so nothing would be encrypted',
      ]);
    return undefined;
  }
  if ((cert === '') !== (key === ''))
    throw new ConfigError([
      'TICKWIRE_REDIS_TLS_CERT and TICKWIRE_REDIS_TLS_KEY are set together or not at all',
    ]);
  const pair =
    cert === '' ? undefined : readKeyPair({ env: certEnv, path: cert }, { env: keyEnv, path: key });
  return {
    ...(ca !== '' && { ca: readCertificates({ env: caEnv, path: ca }) }),
    ...(pair !== undefined && { cert: pair.certificate, key: pair.key }),
    ...(servername !== '' && { servername }),
  };
}

const caEnv = 'TICKWIRE_REDIS_TLS_CA';
const certEnv = 'TICKWIRE_REDIS_TLS_CERT';
const keyEnv = 'TICKWIRE_REDIS_TLS_KEY';

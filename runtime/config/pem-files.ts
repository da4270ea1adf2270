import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from './config.ts';

/** A file that an environment key names. */
export interface NamedFile {
  /** The environment key, for people. */
  readonly env: string;
  readonly path: string;
}

/** A certificate chain and its private key, both in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Text of a file with one or more certificates in PEM.
 * @throws ConfigError that names the key when the file can not be read or holds no certificate
 */
export function readCertificates(file: NamedFile): string {
  const text = readText(file);
  firstCertificate(file, text);
  return text;
}

/**
 * A certificate chain (the server's own first) and the private key that belongs to it, without a passphrase.
 * @throws ConfigError that names the key when a file can not be read, is not what it should be, or both do not fit
 */
export function readKeyPair(certificateFile: NamedFile, keyFile: NamedFile): KeyPair {
  const certificate = readText(certificateFile);
  const key = readText(keyFile);
  const own = firstCertificate(certificateFile, certificate);
  if (!own.checkPrivateKey(privateKey(keyFile, key)))
    throw new ConfigError([
      `${keyFile.env} (${keyFile.path}) is not the key of the certificate in ${certificateFile.env} (${certificateFile.path})`,
    ]);
  return { certificate, key };
}

function readText({ env, path }: NamedFile): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError([`${env} names ${path}, which can not be read: ${code}`]);
  }
}

function firstCertificate({ env, path }: NamedFile, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new ConfigError([`${env} names ${path}, which holds no certificate in PEM`]);
  }
}

/** Nothing of the file's text gets into the problem. */
function privateKey({ env, path }: NamedFile, text: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text);
  } catch {
    throw new ConfigError([`${env} names ${path}, which holds no private key in PEM without a passphrase`]);
  }
}

import { X509Certificate } from 'node:crypto';
import { type KeyPair, type NamedFile, readKeyPair } from '#runtime/config/pem-files.ts';

/** Where the hub's certificate chain and its private key are. */
export interface TlsFiles {
  readonly certificate: NamedFile;
  readonly key: NamedFile;
}

/** What was in the files when they were read. */
export interface Certificate {
  readonly pair: KeyPair;
  /** As the certificate writes it. */
  readonly validTo: string;
  /**
   * What is in the files now; undefined when that is the same.
   * @throws ConfigError when it can not be used, e.g. because only one of the two files was replaced yet
   */
  renewed(): Certificate | undefined;
}

/** @throws ConfigError that names the key of the file that can not be used */
export function createCertificate(files: TlsFiles): Certificate {
  return certificateOf(files, readKeyPair(files.certificate, files.key));
}

function certificateOf(files: TlsFiles, pair: KeyPair): Certificate {
  return {
    pair,
    validTo: new X509Certificate(pair.certificate).validTo,
    renewed() {
      const now = readKeyPair(files.certificate, files.key);
      const same = now.certificate === pair.certificate && now.key === pair.key;
      return same ? undefined : certificateOf(files, now);
    },
  };
}

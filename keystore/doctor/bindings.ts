import type { CryptoBinding } from './facts.ts';

/** Functions of OpenSSL's libcrypto and libssl, by their names. */
const OPENSSL_NAME =
  /^(?:AES|ASN1|BIO|BN|CMAC|CONF|CRYPTO|d2i|DES|DH|DSA|EC|ECDH|ECDSA|ECX|ED25519|ENGINE|ERR|EVP|FIPS|HMAC|i2d|MD5|OBJ|OPENSSL|OSSL|PEM|PKCS\d+|RAND|RSA|SHA\d+|SSL|TLS|X509)_/;
const LINE = /binding file (.+?) \[\d+\] to (.+?) \[\d+\]: normal symbol `([^']+)'/;

/**
 * Who answers the OpenSSL calls of a module, from what the dynamic linker of glibc writes under LD_DEBUG=bindings:
 * `PID: binding file MODULE [0] to FILE [0]: normal symbol `NAME' [VERSION]`.
 * @param node path of the running program, whose own OpenSSL comes first in the search
 */
export function cryptoBinding(lines: Iterable<string>, module: string, node: string): CryptoBinding {
  const byFile = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, from, to, symbol] = LINE.exec(line) ?? [];
    if (from !== module || to === undefined || to === module || symbol === undefined || !OPENSSL_NAME.test(symbol)) continue;
    byFile.set(to, (byFile.get(to) ?? new Set()).add(symbol));
  }
  if (byFile.size === 0) return { kind: 'none' };
  const to = [...byFile].map(([file, names]) => ({ file, isNode: file === node, functions: names.size }));
  return { kind: 'bound', to: to.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

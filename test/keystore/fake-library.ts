import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { CKA, CKK, CKM, CKO } from '../../keystore/pkcs11/constants.ts';
import type { Library } from '../../keystore/pkcs11/native.ts';

interface Attribute {
  readonly type: number;
  readonly value: boolean | number | Buffer;
}

interface FakeObject {
  readonly attributes: Map<number, Buffer>;
  readonly privateKey?: KeyObject;
}

/** What a test makes the library do instead of, or after, the call. */
export type Trouble = (call: string, times: number, act: () => unknown) => unknown;

const ulong = (value: number): Buffer => Buffer.from(new BigUint64Array([BigInt(value)]).buffer);
const handle = (value: number): Buffer => ulong(value);
const number = (buffer: Buffer): number => Number(buffer.readBigUInt64LE());

export function ckr(code: number): Error {
  return new Error(`CKR_ANYTHING:${code}`);
}

/** A P-256 token in memory behind the functions of pkcs11js that the keystore calls; `log` names the calls. */
export class FakeLibrary {
  readonly objects = new Map<number, FakeObject>();
  readonly log: string[] = [];
  /** Templates of the private keys that were asked for. */
  readonly asked: Attribute[][] = [];
  trouble: Trouble = (_call, _times, act) => act();
  #next = 1;
  #found: Buffer[] = [];
  #signing: { mechanism: number; key: FakeObject } | undefined;

  asLibrary(): Library {
    return new Proxy(this, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function' || !String(name).startsWith('C_')) return method;
        return (...args: unknown[]) => {
          target.log.push(String(name));
          const times = target.log.filter((call) => call === name).length;
          return target.trouble(String(name), times, () => Reflect.apply(method, target, args));
        };
      },
    }) as unknown as Library;
  }

  C_OpenSession(): Buffer {
    return handle(this.#next++);
  }

  C_CloseSession(): void {}

  C_FindObjectsInit(_session: Buffer, template: Attribute[]): void {
    const fits = (object: FakeObject): boolean =>
      template.every(({ type, value }) => object.attributes.get(type)?.equals(encode(value)) === true);
    this.#found = [...this.objects].filter(([, object]) => fits(object)).map(([n]) => handle(n));
  }

  C_FindObjects(_session: Buffer, count: number): Buffer[] {
    return this.#found.splice(0, count);
  }

  C_FindObjectsFinal(): void {}

  C_GetAttributeValue(_session: Buffer, object: Buffer, [wanted]: [{ type: number }]): { type: number; value: Buffer }[] {
    const value = this.objects.get(number(object))?.attributes.get(wanted.type);
    if (value === undefined) throw ckr(0x12);
    return [{ type: wanted.type, value }];
  }

  C_GenerateKeyPair(_session: Buffer, _mechanism: object, publicTemplate: Attribute[], privateTemplate: Attribute[]): object {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
    this.asked.push(privateTemplate);
    const common: Attribute[] = [{ type: CKA.keyType, value: CKK.ec }];
    const pub = this.#add([...publicTemplate, ...common, { type: CKA.class, value: CKO.publicKey }, { type: CKA.ecPoint, value: point }]);
    const prv = this.#add([...privateTemplate, ...common, { type: CKA.class, value: CKO.privateKey }], privateKey);
    return { publicKey: handle(pub), privateKey: handle(prv) };
  }

  C_CreateObject(_session: Buffer, template: Attribute[]): Buffer {
    return handle(this.#add(template));
  }

  C_DestroyObject(_session: Buffer, object: Buffer): void {
    this.objects.delete(number(object));
  }

  C_SignInit(_session: Buffer, { mechanism }: { mechanism: number }, key: Buffer): void {
    if (this.#signing !== undefined) throw ckr(0x90);
    const found = this.objects.get(number(key));
    if (found === undefined) throw ckr(0x82);
    this.#signing = { mechanism, key: found };
  }

  /** Only the mechanism that hashes in the token: node:crypto cannot sign a bare digest. */
  C_Sign(_session: Buffer, data: Buffer, output: Buffer): Buffer {
    const { mechanism, key } = this.#signing!;
    this.#signing = undefined;
    if (mechanism !== CKM.CKM_ECDSA_SHA256) throw ckr(0x70);
    const signature = sign('sha256', data, { key: key.privateKey!, dsaEncoding: 'ieee-p1363' });
    output.set(signature);
    return output.subarray(0, signature.length);
  }

  #add(template: Attribute[], privateKey?: KeyObject): number {
    const attributes = new Map(template.map(({ type, value }) => [type, encode(value)]));
    this.objects.set(this.#next, { attributes, ...(privateKey === undefined ? {} : { privateKey }) });
    return this.#next++;
  }
}

function encode(value: boolean | number | Buffer): Buffer {
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0);
  return typeof value === 'number' ? ulong(value) : value;
}

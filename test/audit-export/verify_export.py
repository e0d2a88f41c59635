#!/usr/bin/env python3
"""Second verifier of exported audit logs, for the tests: the first one must agree with it.

Written from docs/audit-verification.md and the specifications that it names, Python 3.9 or later, standard library only.

    verify_export.py EXPORT [--since OLD] [--since-words WORDS] [--vkey VKEY] [--witness VKEY]...
    verify_export.py --batch < cases

The first form prints {"ok": ..., "findings": [{"code": ..., "severity": ..., "text": ...}]} and exits 0 or 1. The second reads one JSON object
a line and answers each with a line [ok, [code, ...]]: {"base": NAME, "files": {PATH: BASE64}} keeps an export under a name,
{"case": NAME, "set": {PATH: BASE64}, "remove": [PATH], "relist": BOOL, "options": {...}} verifies it changed, {"flip": NAME, "path": PATH, "mask": N}
verifies it once for each octet of a file, flipped, with MANIFEST made anew, and answers with the list of the answers,
{"archive": FILE, "from": N, "to": N, "mask": N} does so with octets of an archive, {"yaml": TEXT} is read as a script is, {"path": FILE, "options": {...}} verifies what lies on the disk.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
from collections import Counter, defaultdict, namedtuple
from datetime import datetime
from functools import lru_cache

TOP = "coldsign-audit/"
NOTE_LIMIT = 1 << 20
REQUIRED = ("MANIFEST", "VERIFY.md", "checkpoint", "entries.jsonl", "verify.mjs", "vkeys")
NOTES = {"AUDIT-SESSION-UNCLOSED", "AUDIT-SESSION-OPEN", "AUDIT-INTENT-OPEN", "AUDIT-CEREMONY-OPEN", "AUDIT-CEREMONY-FOLLOW-UP", "AUDIT-CEREMONY-BESIDE", "AUDIT-CEREMONY-REHEARSAL", "AUDIT-INPUT-ABSENT"}
DECIMAL = "(?:0|[1-9][0-9]{0,14})"


class Unreadable(Exception):
    """A file is not what it must be to be read at all."""


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def from_base64(text):
    try:
        octets = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return None
    return octets if base64.b64encode(octets).decode() == text else None


def as_text(octets):
    if octets is None or len(octets) > NOTE_LIMIT:
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None


# ---- signatures ------------------------------------------------------------------------------------------------------------------


class Ed25519:
    """RFC 8032 5.1.7, without the cofactor: S B = R + k A, compared as octets of R."""

    p = 2**255 - 19
    order = 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p
    identity = (0, 1, 1, 0)

    @classmethod
    def add(cls, one, two):
        x1, y1, z1, t1 = one
        x2, y2, z2, t2 = two
        p = cls.p
        a, b = (y1 - x1) * (y2 - x2) % p, (y1 + x1) * (y2 + x2) % p
        c, d = 2 * t1 * t2 * cls.d % p, 2 * z1 * z2 % p
        e, f, g, h = b - a, d - c, d + c, b + a
        return e * f % p, g * h % p, f * g % p, e * h % p

    @classmethod
    def double(cls, point):
        x, y, z, _ = point
        p = cls.p
        a, b, c = x * x % p, y * y % p, 2 * z * z % p
        h = a + b
        e = h - (x + y) * (x + y) % p
        g = a - b
        f = c + g
        return e * f % p, g * h % p, f * g % p, e * h % p

    @classmethod
    def decode(cls, octets):
        p = cls.p
        y = int.from_bytes(octets, "little")
        sign, y = y >> 255, y & (2**255 - 1)
        if y >= p:
            return None
        u, v = (y * y - 1) % p, (cls.d * y * y + 1) % p
        x = u * pow(v, 3, p) * pow(u * pow(v, 7, p), (p - 5) // 8, p) % p
        if v * x * x % p == -u % p:
            x = x * pow(2, (p - 1) // 4, p) % p
        if v * x * x % p != u or (x == 0 and sign):
            return None
        if x & 1 != sign:
            x = p - x
        return x, y, 1, x * y % p

    @classmethod
    def encode(cls, point):
        x, y, z, _ = point
        inverse = pow(z, -1, cls.p)
        x, y = x * inverse % cls.p, y * inverse % cls.p
        return (y | (x & 1) << 255).to_bytes(32, "little")

    @classmethod
    def verify(cls, key, message, signature):
        if len(signature) != 64:
            return False
        a = cls.decode(key)
        s = int.from_bytes(signature[32:], "little")
        if a is None or s >= cls.order:
            return False
        k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % cls.order
        minus_a = (-a[0] % cls.p, a[1], 1, -a[3] % cls.p)
        return cls.encode(two_scalars(cls, s, cls.base, k, minus_a)) == signature[:32]


Ed25519.base = Ed25519.decode((4 * pow(5, -1, Ed25519.p) % Ed25519.p).to_bytes(32, "little"))


class P256:
    """ECDSA over P-256 (FIPS 186-5 6.4.2), Jacobian coordinates; None is the point at infinity."""

    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    base = (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        1,
    )
    identity = None

    @classmethod
    def double(cls, point):
        if point is None:
            return None
        x, y, z = point
        p = cls.p
        delta, gamma = z * z % p, y * y % p
        beta = x * gamma % p
        alpha = 3 * (x - delta) * (x + delta) % p
        x3 = (alpha * alpha - 8 * beta) % p
        return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % p, ((y + z) * (y + z) - gamma - delta) % p

    @classmethod
    def add(cls, one, two):
        if one is None or two is None:
            return two if one is None else one
        (x1, y1, z1), (x2, y2, z2), p = one, two, cls.p
        zz1, zz2 = z1 * z1 % p, z2 * z2 % p
        u1, u2 = x1 * zz2 % p, x2 * zz1 % p
        s1, s2 = y1 * z2 * zz2 % p, y2 * z1 * zz1 % p
        h, r = (u2 - u1) % p, (s2 - s1) % p
        if h == 0:
            return cls.double(one) if r == 0 else None
        hh = h * h % p
        hhh, v = h * hh % p, u1 * hh % p
        x3 = (r * r - hhh - 2 * v) % p
        return x3, (r * (v - x3) - s1 * hhh) % p, z1 * z2 * h % p

    @classmethod
    def is_on_curve(cls, x, y):
        return x < cls.p and y < cls.p and (y * y - (x * x * x - 3 * x + cls.b)) % cls.p == 0

    @classmethod
    def verify(cls, spki, message, signature):
        numbers = der_integers(signature)
        if numbers is None or not all(0 < n < cls.order for n in numbers):
            return False
        r, s = numbers
        w = pow(s, -1, cls.order)
        e = int.from_bytes(hashlib.sha256(message).digest(), "big")
        key = (int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big"), 1)
        point = two_scalars(cls, e * w % cls.order, cls.base, r * w % cls.order, key)
        return point is not None and point[0] * pow(point[2], -2, cls.p) % cls.p % cls.order == r


def two_scalars(curve, a, one, b, two):
    """a * one + b * two."""
    table = (None, one, two, curve.add(one, two))
    total = curve.identity
    for bit in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
        total = curve.double(total)
        choice = (a >> bit & 1) | (b >> bit & 1) << 1
        if choice:
            total = curve.add(total, table[choice])
    return total


def der_integers(octets):
    """SEQUENCE of two INTEGERs, the one encoding of them; None for anything else."""

    def encode(number):
        body = number.to_bytes(number.bit_length() // 8 + 1, "big")
        return b"\x02" + bytes([len(body)]) + body

    numbers, at = [], 2
    while at + 2 <= len(octets) and octets[at] == 2:
        body = octets[at + 2 : at + 2 + octets[at + 1]]
        numbers.append(int.from_bytes(body, "big", signed=True))
        at += 2 + octets[at + 1]
    if len(numbers) != 2 or min(numbers) < 0:
        return None
    body = b"".join(map(encode, numbers))
    return numbers if b"\x30" + bytes([len(body) & 0xFF]) + body == octets else None


Key = namedtuple("Key", "text name id type key")
Line = namedtuple("Line", "name id signature")
Note = namedtuple("Note", "text lines")
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
P256_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


def is_key_name(name):
    return name != "" and not any(c in SPACES or c == "+" or ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in name)


@lru_cache(None)
def parse_vkey(text):
    parts = text.split("+", 2)
    octets = from_base64(parts[2]) if len(parts) == 3 else None
    if not octets or not is_key_name(parts[0]) or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        return None
    kind, key = octets[0], octets[1:]
    if kind in (1, 4):
        if len(key) != 32:
            return None
        digest = sha256(parts[0].encode("utf-8", "surrogatepass") + b"\n" + octets)
    elif kind == 2:
        if len(key) != 91 or not key.startswith(P256_PREFIX):
            return None
        if not P256.is_on_curve(int.from_bytes(key[27:59], "big"), int.from_bytes(key[59:], "big")):
            return None
        digest = sha256(key)
    else:
        return None
    return Key(text, parts[0], parts[1], kind, key) if digest[:8] == parts[1] else None


@lru_cache(None)
def is_signed_by(key, text, signature):
    message = text.encode("utf-8", "surrogatepass")
    if key.type == 1:
        return Ed25519.verify(key.key, message, signature)
    if key.type == 2:
        return P256.verify(key.key, message, signature)
    if len(signature) != 72:
        return False
    time = int.from_bytes(signature[:8], "big")
    return Ed25519.verify(key.key, b"cosignature/v1\ntime %d\n" % time + message, signature[8:])


def parse_line(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not is_key_name(parts[1]):
        return None
    octets = from_base64(parts[2])
    if octets is None or len(octets) < 5:
        return None
    return Line(parts[1], octets[:4].hex(), octets[4:])


@lru_cache(None)
def parse_note(octets):
    text = as_text(octets)
    if text is None or not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        return None
    head, divider, tail = text.rpartition("\n\n")
    if not divider:
        return None
    lines = [parse_line(line) for line in tail[:-1].split("\n")]
    return None if None in lines or len(lines) > 100 else Note(head + "\n", tuple(lines))


Head = namedtuple("Head", "origin size root")


def parse_head(note):
    match = note and re.fullmatch(f"([^\n]+)\n({DECIMAL})\n([A-Za-z0-9+/=]+)\n", note.text)
    root = from_base64(match[3]) if match else None
    return Head(match[1], int(match[2]), root.hex()) if root is not None and len(root) == 32 else None


# ---- containers ------------------------------------------------------------------------------------------------------------------


class Findings:
    def __init__(self):
        self.all = []

    def add(self, code, text=""):
        self.all.append((code, text))

    @property
    def codes(self):
        return sorted({code for code, _ in self.all})

    @property
    def ok(self):
        return all(code in NOTES for code, _ in self.all)


def read_export(path, findings):
    if os.path.isdir(path):
        return read_folder(path, findings)
    with open(path, "rb") as file:
        return read_archive(file.read(), findings)


def is_export_path(path):
    return re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", path) and not {".", ".."} & set(path.split("/"))


def read_folder(path, findings):
    names = os.listdir(path)
    root = os.path.join(path, TOP) if "MANIFEST" not in names and TOP[:-1] in names else path
    files = {}
    for folder, folders, names in os.walk(root):
        for name in names + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
            full = os.path.join(folder, name)
            inside = os.path.relpath(full, root)
            if os.path.islink(full) or not os.path.isfile(full) or not is_export_path(inside):
                findings.add("AUDIT-MEMBER", inside)
            else:
                with open(full, "rb") as file:
                    files[inside] = file.read()
    return files


def octal(field):
    digits = re.fullmatch(rb"([0-7]+)[ \0]+|[ \0]*", field)
    return None if digits is None else int(digits[1] or b"0", 8)


def read_archive(octets, findings):
    """Members of an ustar archive until something cannot be read."""
    files = {}
    try:
        for name, content, strange in members(octets):
            if strange:
                findings.add("AUDIT-MEMBER", f"{name}: {', '.join(strange)}")
            if "kind" in strange:
                continue
            if not name.startswith(TOP) or not is_export_path(name[len(TOP) :]):
                findings.add("AUDIT-MEMBER", f"{name!r}: path")
                continue
            path = name[len(TOP) :]
            if path in files or (files and path < last):
                findings.add("AUDIT-MEMBER", f"{name}: order")
            files.setdefault(path, content)
            last = path
    except Unreadable as error:
        findings.add("AUDIT-ARCHIVE", str(error))
    return files


def members(octets):
    at = 0
    while True:
        header = octets[at : at + 512]
        if at + 1024 > len(octets):
            raise Unreadable("no end")
        if header == bytes(512):
            break
        if header[257:265] != b"ustar\x0000":
            raise Unreadable("no ustar")
        if octal(header[148:156]) != sum(header[:148]) + 8 * 32 + sum(header[156:]):
            raise Unreadable("checksum")
        size = octal(header[124:136])
        if size is None:
            raise Unreadable("size")
        start, at = at + 512, at + 512 + (size + 511) // 512 * 512
        if at > len(octets):
            raise Unreadable("cut off")
        field = lambda begin, length: header[begin : begin + length].rstrip(b"\0").decode("latin-1")
        checks = {
            "kind": header[156:157] == b"0",
            "link": field(157, 100) == "",
            "mode": octal(header[100:108]) == 0o644,
            "owner": octal(header[108:116]) == 0 and octal(header[116:124]) == 0 and field(265, 32) + field(297, 32) == "",
            "time": octal(header[136:148]) == 0,
            "device": octal(header[329:337]) == 0 and octal(header[337:345]) == 0,
            "rest": field(500, 12) == "",
            "padding": not any(octets[start + size : at]),
        }
        prefix, name = field(345, 155), field(0, 100)
        yield (f"{prefix}/{name}" if prefix else name), octets[start : start + size], [what for what, fine in checks.items() if not fine]
    if octets[at:] != bytes(1024):
        raise Unreadable("end")


# ---- entries ---------------------------------------------------------------------------------------------------------------------


def is_count(value):
    return type(value) is int and 0 <= value <= 2**53 - 1


def is_text(value):
    return isinstance(value, str)


def is_serial(value):
    return is_count(value) and value < 2**32


def is_sha256(value):
    return is_text(value) and re.fullmatch("[0-9a-f]{64}", value) is not None


def is_list(value):
    return isinstance(value, list)


def is_subject(value, **more):
    return isinstance(value, dict) and all(name in value and check(value[name]) for name, check in {"zone": is_text, **more}.items())


def are_verdicts(value):
    return is_list(value) and all(isinstance(v, dict) and is_text(v.get("rule")) and is_text(v.get("verdict")) for v in value)


def is_release(value):
    return is_subject(
        value, serial=is_serial, manifest=is_sha256, signed=is_sha256, validFrom=is_text, validUntil=is_text, input=is_list
    )


def are_moves(value):
    return is_list(value) and all(isinstance(m, dict) and is_text(m.get("kind")) and is_text(m.get("key")) for m in value)


def is_roll(value):
    return isinstance(value, dict) and is_count(value.get("id")) and is_text(value.get("kind")) and is_text(value.get("reason"))


def is_script(value):
    return isinstance(value, dict) and is_sha256(value.get("sha256"))


def are_findings(value):
    return is_list(value) and all(isinstance(f, dict) and is_text(f.get("id")) and is_text(f.get("severity")) for f in value)


SUBJECT = {"zone": is_text, "serial": is_serial}
GATE = {**SUBJECT, "verdicts": are_verdicts}
KNOWN = {
    "log.genesis": ("audit", {"origin": is_text, "vkey": is_text}),
    "log.anomaly": ("incident", {}),
    "session.open": ("access", {"command": is_text}),
    "session.close": ("access", {"outcome": is_text}),
    "clock.jump": ("incident", {}),
    "policy.loaded": ("software", {}),
    "input.accepted": ("signing", {"zone": is_text, "files": is_list}),
    "input.rejected": ("signing", {}),
    "key.generate.intent": ("key", {"zone": is_text, "role": is_text}),
    "key.generate.result": ("key", {"intent": is_count, "key": lambda value: is_subject(value, role=is_text)}),
    "key.imported": ("key", {"key": lambda value: is_subject(value, role=is_text)}),
    "key.proved": ("key", {"key": is_subject}),
    "key.refused": ("incident", {"key": is_subject, "code": is_text}),
    "key.destroy.intent": ("key", {"key": lambda value: is_subject(value, role=is_text, id=is_text), "reason": is_text}),
    "key.destroy.result": ("key", {"intent": is_count, "key": lambda value: is_subject(value, role=is_text, id=is_text)}),
    "key.backup": ("key", {"method": is_text, "place": is_text}),
    "key.drill": ("key", {"method": is_text, "outcome": is_text}),
    "key.restore.intent": ("key", {"method": is_text, "sha256": is_sha256, "reason": is_text}),
    "key.restored": ("key", {"method": is_text, "reason": is_text}),
    "pin.shares": ("access", {"act": is_text, "set": is_text}),
    "pin.combined": ("access", {"set": is_text}),
    "sign.intent": ("signing", SUBJECT),
    "sign.result": ("signing", {**SUBJECT, "intent": is_count, "signed": is_sha256}),
    "gate.passed": ("assessment", GATE),
    "gate.refused": ("assessment", GATE),
    "release.intent": ("signing", {"release": is_release}),
    "release.result": ("signing", {**SUBJECT, "intent": is_count}),
    "roll.started": ("key", {"zone": is_text, "roll": is_roll}),
    "roll.noted": ("key", {"zone": is_text, "moves": are_moves}),
    "roll.step.intent": ("key", {"zone": is_text, "plan": is_sha256, "moves": are_moves}),
    "roll.cancelled": ("key", {"zone": is_text, "roll": is_count, "how": is_text}),
    "zone.observed": ("assessment", {**SUBJECT, "from": is_count, "source": is_text}),
    "ds.observed": ("assessment", {"zone": is_text, "at": is_count, "source": is_text}),
    "ds.submitted": ("key", {"zone": is_text, "key": is_text, "at": is_count}),
    "ds.retracted": ("key", {"zone": is_text, "key": is_text, "at": is_count}),
    "ceremony.opened": ("ceremony", {"ceremony": is_text, "script": is_script, "plan": is_sha256, "people": lambda value: isinstance(value, dict)}),
    "ceremony.attendance": ("ceremony", {"ceremony": is_text, "person": is_text, "role": is_text, "act": is_text}),
    "ceremony.step.begun": ("ceremony", {"ceremony": is_text, "step": is_text, "attempt": is_count}),
    "ceremony.step.ended": ("ceremony", {"ceremony": is_text, "step": is_text, "outcome": is_text}),
    "approval.given": ("ceremony", {"ceremony": is_text, "step": is_text, "person": is_text, "role": is_text, "by": is_text}),
    "approval.refused": ("incident", {"ceremony": is_text, "step": is_text, "person": is_text}),
    "ceremony.exception": (
        "incident",
        {"ceremony": is_text, "number": is_count, "step": is_text, "what": is_text, "why": is_text, "agreed": is_list, "followUp": is_text},
    ),
    "ceremony.exception.closed": ("incident", {"ceremony": is_text, "number": is_count, "agreed": is_list}),
    "ceremony.handover": ("ceremony", {"ceremony": is_text, "role": is_text, "from": is_text, "to": is_text}),
    "ceremony.paused": ("ceremony", {"ceremony": is_text}),
    "ceremony.resumed": ("ceremony", {"ceremony": is_text}),
    "ceremony.ended": ("ceremony", {"ceremony": is_text, "outcome": is_text}),
    "env.checked": ("assessment", {"ceremony": is_text, "step": is_text, "findings": are_findings}),
    "clock.checked": ("assessment", {"ceremony": is_text, "machine": is_count, "witness": is_count, "person": is_text}),
    "continuity.checked": ("audit", {"ceremony": is_text, "size": is_count, "words": is_text, "outcome": is_text, "person": is_text}),
    "exception.opened": ("incident", {**SUBJECT, "rule": is_text}),
    "intent.resolved": ("incident", {"intent": is_count, "outcome": is_text}),
    "batch.begun": ("signing", {}),
    "batch.zone": ("signing", {}),
    "batch.ended": ("signing", {}),
    "checkpoint.witnessed": ("audit", {"size": is_count, "witness": is_text, "line": is_text}),
    "export.created": ("audit", {}),
}


def is_time(value):
    match = is_text(value) and re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", value)
    try:
        return bool(match) and datetime(*map(int, match.groups())).year >= 1970
    except ValueError:
        return False


def once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def refuse(_):
    raise ValueError("not an integer")


def canonical(value, depth=0):
    if isinstance(value, str):
        # DEL is ASCII and stays as it is; Python would escape it.
        return '"' + "\x7f".join(json.dumps(part)[1:-1] for part in value.split("\x7f")) + '"'
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is int and abs(value) <= 2**53 - 1:
        return str(value)
    if depth >= 64 or not isinstance(value, (list, dict)):
        raise ValueError("no canonical form")
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{canonical(name)}:{canonical(value[name], depth + 1)}" for name in names) + "}"


def references(value, path=()):
    """Every object with exactly the members of a reference, and the way to it."""
    if isinstance(value, dict):
        if set(value) == {"name", "sha256", "size"}:
            yield path, value
        for name, member in value.items():
            yield from references(member, path + (name,))
    elif isinstance(value, list):
        for item in value:
            yield from references(item, path + ("[]",))


class Entry(dict):
    """Members of an entry; `references` are the artifacts that it names, with the ways to them."""


@lru_cache(None)
def parse_entry(line):
    """The entry, or the code of what is wrong with it."""
    if len(line) > 16_384 or any(octet < 0x20 or octet > 0x7F for octet in line):
        return "AUDIT-ENTRY-FORM"
    text = line.decode("ascii")
    try:
        entry = json.loads(text, object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
        if not isinstance(entry, dict) or canonical(entry) != text:
            return "AUDIT-ENTRY-FORM"
    except (ValueError, RecursionError):
        return "AUDIT-ENTRY-FORM"
    checks = {
        "v": lambda value: type(value) is int and value == 1,
        "seq": is_count,
        "time": is_time,
        "mono": is_count,
        "boot": is_text,
        "session": is_text,
        "mode": lambda value: value in ("production", "practice"),
        "type": is_text,
        "cat": is_text,
        "actor": lambda value: isinstance(value, dict) and is_text(value.get("role")) and is_text(value.get("name")),
        "data": lambda value: isinstance(value, dict),
    }
    if not all(check(entry.get(name)) for name, check in checks.items()):
        return "AUDIT-ENTRY-FIELDS"
    if entry["type"] not in KNOWN:
        return "AUDIT-ENTRY-TYPE"
    category, shape = KNOWN[entry["type"]]
    if entry["cat"] != category:
        return "AUDIT-ENTRY-FIELDS"
    if not all(name in entry["data"] and check(entry["data"][name]) for name, check in shape.items()):
        return "AUDIT-ENTRY-DATA"
    entry = Entry(entry)
    entry.references = list(references(entry))
    for _, reference in entry.references:
        if not (is_text(reference["name"]) and is_sha256(reference["sha256"]) and is_count(reference["size"])):
            return "AUDIT-ENTRY-DATA"
    return entry


@lru_cache(200_000)
def leaf(line):
    return hashlib.sha256(b"\0" + line).digest()


def root_of(leaves):
    """RFC 6962 2.1, by its definition: split at the largest power of two below the number of leaves."""
    if len(leaves) == 0:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


@lru_cache(200_000)
def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


# ---- scripts of ceremonies -------------------------------------------------------------------------------------------------------


class NoScript(Exception):
    """The artifact is not the filled script of a ceremony."""


SIMPLE_KEY = r"(?:[A-Za-z][A-Za-z0-9_-]*|\"[A-Za-z][A-Za-z0-9_-]*\"|'[A-Za-z][A-Za-z0-9_-]*')"
BLOCK_KEY = re.compile(rf"({SIMPLE_KEY}) *:(?= |$)")
FLOW_KEY = re.compile(rf"({SIMPLE_KEY}) *:(?=[ \n])")
BLOCK_HEAD = re.compile(r"([|>])(?:([1-9])([+-]?)|([+-]?)([1-9]?))(?: +#.*| *)")
NUMBER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
ESCAPED = dict(zip("0abtnvfre \"/\\N_LP", "\0\a\b\t\n\v\f\r\x1b \"/\\\x85\xa0\u2028\u2029"))


class Yaml:
    """As much of YAML 1.2 as a script may use: blocks, scalars of every style, brackets; no anchors, tags, directives, no keys but names."""

    def __init__(self, text):
        if re.search("[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
            raise NoScript("a character that no YAML has")
        lines = text.removesuffix("\n").split("\n")
        if lines[0] == "---":
            lines[0] = ""
        if any(re.match(r"(---|\.\.\.)( |$)", line) for line in lines):
            raise NoScript("another document")
        # From the last line to the first, so that the next one is at the end.
        self.rest = [(len(line) - len(line.lstrip(" ")), line.strip(" ") and line.lstrip(" ")) for line in reversed(lines)]
        self.depth = 0

    def read(self):
        value = self.node(-1)
        if self.peek() is not None:
            raise NoScript("something follows the end")
        return value

    def peek(self):
        """Indentation and text of the next line that says something."""
        while self.rest and (self.rest[-1][1] == "" or self.rest[-1][1].startswith("#")):
            self.rest.pop()
        return self.rest[-1] if self.rest else None

    def node(self, outer):
        self.depth += 1
        if self.depth > 32:
            raise NoScript("too deep")
        line = self.peek()
        value = None
        if line is not None and line[0] > outer:
            if is_item(line[1]):
                value = self.items(line[0])
            elif BLOCK_KEY.match(line[1]):
                value = self.members(line[0])
            else:
                value = self.scalar(outer)
        self.depth -= 1
        return value

    def items(self, indent):
        values = []
        while (line := self.peek()) is not None and line[0] == indent and is_item(line[1]):
            self.replace(line[1][1:], indent + 1)
            values.append(self.node(indent))
        return values

    def members(self, indent):
        values = {}
        while (line := self.peek()) is not None and line[0] == indent and (key := BLOCK_KEY.match(line[1])):
            name = key[1].strip("\"'")
            if name in values:
                raise NoScript(f"{name} twice")
            rest = line[1][key.end() :]
            if re.fullmatch(" *(#.*)?", rest):
                self.rest.pop()
                below = self.peek()
                is_list = below is not None and below[0] == indent and is_item(below[1])
                values[name] = self.items(indent) if is_list else self.node(indent)
            else:
                self.replace(rest, indent + key.end())
                values[name] = self.scalar(indent)
        return values

    def replace(self, rest, at):
        text = rest.lstrip(" ")
        self.rest[-1] = (at + len(rest) - len(text), text)

    def scalar(self, outer):
        head = BLOCK_HEAD.fullmatch(self.rest[-1][1])
        if head:
            return self.block_scalar(outer, head)
        lines = [self.rest.pop()[1]]
        taken = []
        while self.rest and (self.rest[-1][1] == "" or self.rest[-1][0] > outer):
            taken.append(self.rest.pop())
            lines.append(taken[-1][1])
        flow = Flow("\n".join(lines))
        value = flow.value(False)
        end = re.compile(r"( *| +#[^\n]*)(?=\n|$)").match(flow.text, flow.at)
        if end is None:
            raise NoScript("something follows a scalar")
        used = flow.text.count("\n", 0, flow.at)
        self.rest.extend(reversed(taken[used:]))
        return value

    def block_scalar(self, outer, head):
        self.rest.pop()
        digit, chomp = head[2] or head[5], head[3] or head[4]
        indent = max(outer, 0) + int(digit) if digit else None
        lines = []
        while self.rest:
            at, text = self.rest[-1]
            if text != "":
                if indent is None:
                    indent = max(at, outer + 1, 1)
                if at < indent:
                    break
            self.rest.pop()
            lines.append((" " * (at - indent) if indent is not None and at > indent else "") + text)
        body = list(lines)
        while body and body[-1] == "":
            body.pop()
        text = "\n".join(body) if head[1] == "|" else fold_block(body)
        if chomp == "+":
            return text + "\n" * (len(lines) - len(body) + bool(body))
        return text + ("\n" if body and chomp != "-" else "")


class Flow:
    """A scalar, or a collection in brackets. Indentation of its lines says nothing and is gone."""

    def __init__(self, text):
        self.text = text
        self.at = 0
        self.depth = 0

    def value(self, inside):
        self.depth += 1
        if self.depth > 32:
            raise NoScript("too deep")
        first = self.text[self.at : self.at + 1]
        if first in ("[", "{"):
            self.at += 1
            value = self.items() if first == "[" else self.members()
        elif first == "'":
            found = self.take(r"'((?:[^']|'')*)'")
            value = fold(found[1]).replace("''", "'")
        elif first == '"':
            found = self.take(r'"((?:[^"\\]|\\.)*)"')
            value = unescape(found[1])
        else:
            value = self.plain(inside)
        self.depth -= 1
        return value

    def take(self, pattern):
        found = re.compile(pattern, re.DOTALL).match(self.text, self.at)
        if found is None:
            raise NoScript("no end")
        self.at = found.end()
        return found

    def blanks(self):
        self.take(r"(?:[ \n]|(?<=[ \n])#[^\n]*)*")

    def elements(self, end):
        self.blanks()
        while self.text[self.at : self.at + 1] != end:
            yield
            self.blanks()
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
            elif self.text[self.at : self.at + 1] != end:
                raise NoScript("no comma")
            self.blanks()
        self.at += 1

    def items(self):
        return [self.value(True) for _ in self.elements("]")]

    def members(self):
        values = {}
        for _ in self.elements("}"):
            key = FLOW_KEY.match(self.text, self.at)
            if key is None or key[1].strip("\"'") in values:
                raise NoScript("key")
            self.at = key.end()
            self.blanks()
            values[key[1].strip("\"'")] = self.value(True)
        return values

    def plain(self, inside):
        """Goes on until what ends it: a comment, a colon with a blank, in brackets a comma or a bracket."""
        begin, stops = self.at, ",[]{}" if inside else ""
        end = begin
        while end < len(self.text):
            c, before, after = self.text[end], self.text[end - 1 : end] if end > begin else "", self.text[end + 1 : end + 2]
            if c in stops and c != "" or (c == ":" and (after in ("", " ", "\n") or after in stops)) or (c == "#" and before in ("", " ", "\n")):
                break
            end += 1
        text = self.text[begin:end].rstrip(" \n")
        self.at = begin + len(text)
        if text == "" or re.match(r"[-?:](?:[ \n]|$)|[&*!|>%@`\"'#,\[\]{}]", text):
            raise NoScript("a plain scalar cannot begin so")
        if "\n" in text:
            return fold(text)
        if text in ("null", "Null", "NULL", "~"):
            return None
        if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return text[0] in "tT"
        if NUMBER.fullmatch(text):
            return number(text)
        return text


def number(text):
    if text[:2] in ("0o", "0x"):
        return int(text, 0)
    value = float(text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").replace(".nan", "nan").replace(".NaN", "nan").replace(".NAN", "nan"))
    return int(value) if value.is_integer() else value


def is_item(text):
    return text == "-" or text.startswith("- ")


def fold(text):
    """A line feed is a blank, n + 1 of them are n."""
    return re.sub(r" *\n[ \n]*", lambda gap: "\n" * (gap[0].count("\n") - 1) or " ", text)


def unescape(text):
    parts = []
    for part in re.findall(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\n *|.)|[^\\]+", text, re.DOTALL):
        if part[0] != "\\":
            parts.append(fold(part))
        elif part[1] == "\n":
            continue
        elif len(part) > 2:
            parts.append(chr(min(int(part[2:], 16), 0x110000)) if int(part[2:], 16) < 0x110000 else "")
        elif part[1] in ESCAPED:
            parts.append(ESCAPED[part[1]])
        else:
            raise NoScript("escape")
    return "".join(parts)


def fold_block(lines):
    """Breaks between lines that are not indented further fold; all others stay."""
    out, breaks, last = "", 0, None
    for line in lines:
        if line == "":
            breaks += 1
            continue
        if last is None:
            out = "\n" * breaks
        else:
            is_kept = last.startswith(" ") or line.startswith(" ")
            out += "\n" * (breaks + 1) if is_kept else "\n" * breaks or " "
        out, breaks, last = out + line, 0, line
    return out


def need(value, *kinds):
    if isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds):
        return value
    raise NoScript(f"{value!r}")


def need_count(value):
    if need(value, int) < 1 or value > 2**53 - 1:
        raise NoScript("count")
    return value


def texts(value):
    return [need(item, str) for item in need(value, list)]


def item_text(item):
    return item if is_text(item) else "/".join(need(value, str) for value in need(item, dict).values())


def fill(text, bindings):
    def text_of(found):
        if found[1] not in bindings:
            raise NoScript(found[0])
        return ", ".join(bindings[found[1]])

    return re.sub(r"\{\{([^{}]*)\}\}", text_of, text)


def fill_word(word, bindings):
    """A list in a word of a command makes as many words of it."""
    for name in re.findall(r"\{\{([^{}]*)\}\}", word):
        if name not in bindings:
            raise NoScript(name)
        if len(bindings[name]) != 1:
            return [one for text in bindings[name] for one in fill_word(word, {**bindings, name: [text]})]
    return [fill(word, bindings)]


ScriptStep = namedtuple("ScriptStep", "id command runs check approves roles by type")
CHECKS = {"environment": "env.checked", "clock": "clock.checked", "continuity": "continuity.checked"}


def read_script(octets):
    text = as_text(octets)
    if text is None:
        raise NoScript("no text")
    raw = need(Yaml(text).read(), dict)
    if raw.get("format") != "coldsign-ceremony/1":
        raise NoScript("format")
    values = need(raw.get("values", {}), dict)
    bindings = {name: [value] if is_text(value) else [item_text(item) for item in need(value, list)] for name, value in values.items()}
    roles = {name: need(role, dict) for name, role in need(raw.get("roles"), dict).items()}
    counts = {name: need_count(role.get("count")) for name, role in roles.items()}
    needs = {name: need_count(role.get("need", role.get("count"))) for name, role in roles.items()}
    steps = []
    for step in need(raw.get("steps"), list):
        need(step, dict)
        if "each" not in step:
            steps.append(read_step(step, "", bindings, needs))
            continue
        for item in need(values.get(need(step["each"], str)), list):
            members = {} if is_text(item) else {f"item.{name}": [need(value, str)] for name, value in need(item, dict).items()}
            steps.append(read_step(step, ":" + item_text(item), {**bindings, "item": [item_text(item)], **members}, needs))
    plan = need(raw.get("prepared"), dict).get("plan")
    if not 0 < len(steps) <= 2000 or len({step.id for step in steps}) != len(steps) or not is_sha256(plan):
        raise NoScript("steps or plan")
    obey_rules(steps)
    return {
        "title": fill(need(raw.get("title"), str), bindings),
        "mode": need(raw.get("mode"), str),
        "origin": need(raw.get("origin"), str),
        "plan": plan,
        "counts": counts,
        "separate": [(texts(pair) + ["", ""])[:2] for pair in need(raw.get("separate", []), list)],
        "people": {role: texts(names) for role, names in need(raw.get("people"), dict).items()},
        "steps": steps,
    }


def obey_rules(steps):
    """Continuity before the first command, approval by keys before what needs it, shares for commands only."""
    for place, step in enumerate(steps):
        before = steps[:place]
        if step.approves and step.by != "key":
            raise NoScript("approval without keys")
        if not step.runs:
            if step.by == "share":
                raise NoScript("a share for no command")
            continue
        if not any(one.check == "continuity.checked" for one in before):
            raise NoScript("a command before continuity")
        if " ".join(step.command[:2]) in NEED_APPROVAL and not any(one.approves for one in before):
            raise NoScript("a command before the approval")


def read_step(step, suffix, bindings, needs):
    act = need(step.get("do"), dict)
    command = []
    if "command" in act:
        command = [one for word in texts(act["command"]) for one in fill_word(word, bindings)]
    elif "checkpoint" in act:
        command = ["audit", "checkpoint", "--sign"]
    elif act.get("check") == "inventory":
        command = ["key", "list"]
    head = (need(step.get("id"), str) + suffix, command, "command" in act, CHECKS.get(str(act.get("check"))), act.get("approve") == "script")
    if "confirm" not in step:
        return ScriptStep(*head, None, None, None)
    confirm = need(step["confirm"], dict)
    roles = {role: need_count(needs.get(role) if count == "need" else count) for role, count in need(confirm.get("roles"), dict).items()}
    typed = fill(need(confirm["type"], str), bindings) if "type" in confirm else None
    return ScriptStep(*head, roles, need(confirm.get("by"), str), typed)


SESSIONS_OF = {"checkds published": "ds seen", "checkds withdrawn": "ds gone", "zone add": "policy apply"}
OF_ZONES = {
    "zone sign", "key generate", "key destroy", "ds submit", "ds seen", "ds retract", "ds gone", "checkds published", "checkds withdrawn",
    "roll start", "roll join", "roll leave", "roll advance", "roll cancel", "release rollback", "release published",
}  # fmt: skip
WRITERS = OF_ZONES | {
    "key import", "key prove", "key backup", "key drill", "key restore", "pin split", "pin reshare", "pin void", "policy apply", "evidence import",
    "audit export", "release catalog",
}  # fmt: skip
WORK = ("key.destroy.result", "key.restore.intent", "key.restored", "pin.shares", "intent.resolved")
LAST_ENTRIES = {
    "key destroy": "key.destroy.result", "key restore": "key.restored", "roll start": "roll.started", "roll cancel": "roll.cancelled",
    "policy apply": "policy.loaded", "ds submit": "ds.submitted", "ds retract": "ds.retracted", "pin void": "pin.shares",
}  # fmt: skip
QUIET = {
    "audit checkpoint", "audit export", "audit witness", "key prove", "key backup", "key drill", "pin split", "pin reshare", "pin void",
}  # fmt: skip
NEED_APPROVAL = {
    "zone sign", "key generate", "key import", "key destroy", "key restore", "pin split", "pin reshare", "pin void", "policy apply", "roll start",
    "roll join", "roll leave", "roll advance", "roll cancel", "release rollback", "release catalog",
}  # fmt: skip
ZONE_ACTS = (
    "sign.intent", "release.intent", "key.generate.intent", "key.destroy.intent", "roll.started", "roll.cancelled", "roll.step.intent",
    "ds.submitted", "ds.retracted",
)  # fmt: skip


def must_write(command):
    """Whether the command, done, has left a session in the log."""
    name = " ".join(command[:2])
    if name == "audit checkpoint":
        return "--sign" in command
    return name in WRITERS and not any(re.match("(--token|--show|--origin)(=|$)|-o", word) for word in command)


def passed(kind, data):
    if kind == "clock.checked":
        tolerance = data.get("tolerance")
        return type(tolerance) is int and abs(data["machine"] - data["witness"]) <= tolerance
    if kind == "continuity.checked":
        return data["outcome"] == "continues"
    return all(finding["severity"] != "block" for finding in data["findings"])


def bare(name):
    name = name.lower()
    return name[:-1] if len(name) > 1 and name.endswith(".") and name[-2] != "." else name


# ---- rules -----------------------------------------------------------------------------------------------------------------------


class Verification:
    def __init__(self, files, options, old=None, findings=None):
        self.files = files
        self.findings = findings or Findings()
        self.add = self.findings.add
        self.vkey = parse_vkey(options["vkey"]) if options.get("vkey") else None
        self.witnesses = [parse_vkey(text) for text in options.get("witnesses", [])]
        pieces = files.get("entries.jsonl", b"").split(b"\n")
        self.torn = pieces.pop()
        self.lines = pieces
        self.leaves = [leaf(line) for line in pieces]
        parsed = [parse_entry(line) for line in pieces]
        self.bad = [(index, code) for index, code in enumerate(parsed) if isinstance(code, str)]
        self.entries = [(index, entry) for index, entry in enumerate(parsed) if not isinstance(entry, str)]
        self.old = old
        self.roots = {}

    def run(self):
        self.layout()
        self.manifest()
        self.forms()
        self.keys()
        self.heads()
        self.clock()
        self.sessions()
        self.intents()
        self.releases()
        self.overrides()
        self.ceremonies()
        self.witnessed()
        self.artifacts()
        if self.old is not None:
            self.older()
        return self.findings

    def root(self, size):
        if size not in self.roots:
            self.roots[size] = root_of(tuple(self.leaves[:size])).hex()
        return self.roots[size]

    def of(self, *types):
        return [(index, entry["data"], entry) for index, entry in self.entries if entry["type"] in types]

    def layout(self):
        for path in REQUIRED:
            if path not in self.files:
                self.add("AUDIT-FILE-MISSING", path)
        for path in self.files:
            if path not in REQUIRED and not re.fullmatch(f"checkpoints/{DECIMAL}|artifacts/[0-9a-f]{{64}}", path):
                self.add("AUDIT-FILE-UNKNOWN", path)

    def manifest(self):
        self.absent = {}
        if "MANIFEST" not in self.files:
            return
        lines = self.files["MANIFEST"].decode("latin-1").split("\n")
        if len(lines) < 2 or lines[-1] != "":
            self.add("AUDIT-MANIFEST-FORM", "no line feed at the end")
        if lines[-1] == "":
            lines.pop()
        listed, ranks = {}, []
        for line in lines:
            file = re.fullmatch(f"([0-9a-f]{{64}})  ({DECIMAL})  ([A-Za-z0-9._/-]+)", line)
            gone = re.fullmatch(f"absent ([0-9a-f]{{64}}) ({DECIMAL}|-) ([!-~]+)", line)
            if file:
                listed[file[3]] = (file[1], int(file[2]))
                ranks.append((0, file[3]))
                here = self.files.get(file[3])
                if file[3] == "MANIFEST":
                    self.add("AUDIT-MANIFEST-FORM", "itself")
                elif here is None:
                    self.add("AUDIT-FILE-MISSING", file[3])
                elif (sha256(here), len(here)) != listed[file[3]]:
                    self.add("AUDIT-FILE-CHANGED", file[3])
            elif gone:
                self.absent[gone[1]] = None if gone[2] == "-" else int(gone[2])
                ranks.append((1, gone[1]))
            else:
                self.add("AUDIT-MANIFEST-FORM", line[:80])
        if any(one >= two for one, two in zip(ranks, ranks[1:])):
            self.add("AUDIT-MANIFEST-FORM", "order")
        for path in self.files.keys() - listed.keys() - {"MANIFEST"}:
            self.add("AUDIT-FILE-UNLISTED", path)

    def forms(self):
        if self.torn:
            self.add("AUDIT-ENTRY-TORN")
        for index, code in self.bad:
            self.add(code, f"entry {index}")
        for index, entry in self.entries:
            if entry["seq"] != index:
                self.add("AUDIT-ENTRY-SEQ", f"entry {index}")
            if (index == 0) != (entry["type"] == "log.genesis"):
                self.add("AUDIT-GENESIS", f"entry {index}")
        if not self.lines:
            self.add("AUDIT-GENESIS", "no entries")

    def keys(self):
        listed = []
        if "vkeys" in self.files:
            text = as_text(self.files["vkeys"])
            if text is None or not text.endswith("\n"):
                self.add("AUDIT-VKEY-FORM")
            for line in (text or "").removesuffix("\n").split("\n"):
                key = parse_vkey(line)
                if key is None or key.type == 4 or key in listed:
                    self.add("AUDIT-VKEY-FORM", line)
                else:
                    listed.append(key)
        genesis = next((data for index, data, _ in self.of("log.genesis") if index == 0), None)
        named = None
        if genesis is not None:
            named = parse_vkey(genesis["vkey"])
            if genesis["vkey"] not in [key.text for key in listed]:
                self.add("AUDIT-GENESIS-VKEY")
        texts = [key.text for key in listed] + ([genesis["vkey"]] if genesis else [])
        if self.vkey and self.vkey.text not in texts:
            self.add("AUDIT-VKEY-OTHER")
        self.anchor = next((key for key in [self.vkey, named, *listed] if key is not None), None)
        self.origin = genesis["origin"] if genesis else self.anchor.name if self.anchor else None
        for key in listed:
            if key.name != self.origin:
                self.add("AUDIT-ORIGIN", key.text)
        self.known = {key for key in [self.vkey, named, *listed, *self.witnesses] if key is not None}

    def problems_of_note(self, note):
        for line in note.lines:
            candidates = [key for key in self.known if (key.name, key.id) == (line.name, line.id)]
            if candidates and not any(is_signed_by(key, note.text, line.signature) for key in candidates):
                yield "AUDIT-BAD-SIGNATURE"
        if not self.anchor or (self.anchor.name, self.anchor.id) not in [(line.name, line.id) for line in note.lines]:
            yield "AUDIT-NOT-SIGNED"

    def heads(self):
        heads = {}
        for path in self.files:
            if path != "checkpoint" and not re.fullmatch(f"checkpoints/{DECIMAL}", path):
                continue
            note = parse_note(self.files[path])
            head = parse_head(note)
            if head is None:
                self.add("AUDIT-CHECKPOINT-FORM", path)
                continue
            heads[path] = head
            if path not in ("checkpoint", f"checkpoints/{head.size}"):
                self.add("AUDIT-CHECKPOINT-NAME", path)
            if head.origin != self.origin:
                self.add("AUDIT-ORIGIN", path)
            if head.size > len(self.lines):
                self.add("AUDIT-TRUNCATED", path)
            elif self.root(head.size) != head.root:
                self.add("AUDIT-ROOT", path)
            for code in self.problems_of_note(note):
                self.add(code, path)
        newest = heads.get("checkpoint")
        if newest is None:
            return
        if len(self.lines) > newest.size:
            self.add("AUDIT-ENTRY-UNSEALED")
        if f"checkpoints/{newest.size}" not in self.files:
            self.add("AUDIT-CHECKPOINT-COPY")
        if any(head.size > newest.size for head in heads.values()):
            self.add("AUDIT-CHECKPOINT-OLD")

    def clock(self):
        times = [entry["time"] for _, entry in self.entries]
        if any(later < earlier for earlier, later in zip(times, times[1:])):
            self.add("AUDIT-TIME")
        boots = defaultdict(list)
        for _, entry in self.entries:
            boots[entry["boot"]].append(entry["mono"])
        if any(later < earlier for monos in boots.values() for earlier, later in zip(monos, monos[1:])):
            self.add("AUDIT-MONO")
        if len({entry["mode"] for _, entry in self.entries}) > 1:
            self.add("AUDIT-MODE")

    def sessions(self):
        opened = Counter(entry["session"] for _, _, entry in self.of("session.open"))
        if any(count > 1 for count in opened.values()):
            self.add("AUDIT-SESSION", "opened twice")
        now = None
        for index, entry in self.entries:
            kind, session = entry["type"], entry["session"]
            if kind == "session.open":
                if now is not None:
                    self.add("AUDIT-SESSION-UNCLOSED", f"entry {index}")
                now = session
            elif kind != "log.genesis" and session != now:
                self.add("AUDIT-SESSION", f"entry {index}")
            elif kind == "session.close":
                now = None
        if now is not None:
            self.add("AUDIT-SESSION-OPEN")

    def subject(self, entry):
        data = entry["data"]
        if entry["type"].startswith("key.destroy"):
            return data["key"]["zone"], data["key"]["role"], data["key"]["id"]
        if entry["type"].startswith("key.generate"):
            data = data.get("key", data)
            return data["zone"], data["role"]
        data = data.get("release", data) if entry["type"] == "release.intent" else data
        return data["zone"], data["serial"]

    def intents(self):
        """Also learns which releases stand, and when they began to: index of the entry → index of the intent."""
        self.finished = {}
        begun = {index: entry for index, entry in self.entries if entry["type"].endswith(".intent")}
        ended = set()
        for index, entry in self.entries:
            kind, data = entry["type"], entry["data"]
            if not kind.endswith(".result") and kind != "intent.resolved":
                continue
            intent = begun.get(data["intent"]) if data["intent"] < index and data["intent"] not in ended else None
            if intent is None or (kind != "intent.resolved" and intent["type"] != kind.replace(".result", ".intent")):
                self.add("AUDIT-INTENT", f"entry {index}")
                continue
            ended.add(data["intent"])
            stands = data["outcome"] == "completed" if kind == "intent.resolved" else True
            if kind != "intent.resolved" and (intent["session"] != entry["session"] or self.subject(intent) != self.subject(entry)):
                self.add("AUDIT-INTENT", f"entry {index}")
            if stands and intent["type"] == "release.intent":
                self.finished[index] = data["intent"]
                release = intent["data"]["release"]
                if "roll" in release:
                    step = begun.get(release["roll"]) if release["roll"] not in ended and release["roll"] < index else None
                    if step is None or step["type"] != "roll.step.intent" or step["data"]["zone"] != release["zone"]:
                        self.add("AUDIT-INTENT", f"entry {index}")
                    else:
                        ended.add(release["roll"])
        for index in begun.keys() - ended:
            self.add("AUDIT-INTENT-OPEN", f"entry {index}")

    def last_before(self, index, zone, *types):
        return next((entry for at, entry in reversed(self.entries) if at < index and entry["type"] in types and entry["data"]["zone"] == zone), None)

    def releases(self):
        by_index = dict(self.entries)
        for index, data, entry in self.of("release.intent"):
            release = data["release"]
            zone, serial = release["zone"], release["serial"]
            before = [
                by_index[of]["data"]["release"]
                for at, of in sorted(self.finished.items())
                if at < index and by_index[of]["data"]["release"]["zone"] == zone
            ]
            last = before[-1] if before else None
            if last and not 0 < (serial - last["serial"]) % 2**32 < 2**31:
                self.add("AUDIT-RELEASE-SERIAL", f"entry {index}")
            manifest = self.release_manifest(release["manifest"])
            gate = self.last_before(index, zone, "gate.passed", "gate.refused")
            if manifest is None or manifest["kind"] != "catalog":
                result = self.last_before(index, zone, "sign.result")
                signed = (result["data"]["serial"], result["data"]["signed"]) if result else (None, None)
                if manifest is not None and manifest["kind"] == "unsigned":
                    is_right = signed[1] != release["signed"] and (
                        (last or {}).get("kind") == "unsigned" or self.may_lose_signatures(index, zone, release.get("roll"))
                    )
                else:
                    is_right = signed == (serial, release["signed"])
                if not is_right:
                    self.add("AUDIT-RELEASE-SIGN", f"entry {index}")
                if gate is None or gate["type"] != "gate.passed" or gate["data"]["serial"] != serial:
                    self.add("AUDIT-RELEASE-GATE", f"entry {index}")
            if manifest is None:
                continue
            if manifest["previous"] != (f"{last['serial']} {last['manifest']}" if last else "none"):
                self.add("AUDIT-RELEASE-CHAIN", f"entry {index}")
            said = {name: manifest[name] for name in ("zone", "serial", "mode", "kind")}
            logged = {"zone": zone, "serial": str(serial), "mode": entry["mode"], "kind": release.get("kind", "zone")}
            if manifest["kind"] in ("zone", "unsigned"):
                said.update({name: manifest[name] for name in ("valid-from", "valid-until")})
                if manifest["kind"] == "zone":
                    logged.update({"valid-from": release["validFrom"], "valid-until": release["validUntil"]})
                else:
                    until = release["validUntil"]
                    logged.update({"valid-from": "none", "valid-until": "none" if until == "unsigned" else until})
                name = "zone.signed" if manifest["kind"] == "zone" else "zone.unsigned"
                said["file"] = dict((path, digest) for digest, _, path in manifest["file"]).get(name)
                logged["file"] = release["signed"]
                said["override"] = ",".join(sorted(rule for (rule,) in manifest["override"]))
                logged["override"] = ",".join(sorted(overridden(gate["data"]))) if gate else ""
            if said != logged or int(manifest["log"]) > index:
                self.add("AUDIT-RELEASE-MANIFEST", f"entry {index}: {said} {logged}")

    def may_lose_signatures(self, index, zone, roll):
        """The release carries out an open step of the zone, whose last rollover goes insecure or is a first signing."""
        by_index = dict(self.entries)
        kind = None
        for at, entry in self.entries:
            if at < index and entry["type"] == "roll.started" and entry["data"]["zone"] == zone:
                kind = entry["data"]["roll"]["kind"]
            elif at < index and entry["type"] == "roll.cancelled" and entry["data"]["zone"] == zone and kind == "insecure":
                kind = None
        if type(roll) is not int or roll >= index or kind not in ("insecure", "first-signing"):
            return False
        taken = [by_index[of]["data"]["release"].get("roll") for at, of in self.finished.items() if at < index]
        resolved = [data["intent"] for at, data, _ in self.of("intent.resolved") if at < index]
        step = by_index.get(roll)
        is_step = step is not None and step["type"] == "roll.step.intent" and step["data"]["zone"] == zone
        return is_step and roll not in taken and roll not in resolved

    def release_manifest(self, digest):
        octets = self.files.get(f"artifacts/{digest}")
        if octets is None or sha256(octets) != digest:
            return None
        note = parse_note(octets)
        manifest = note and parse_release(note.text)
        if manifest is None:
            self.add("AUDIT-RELEASE-FORM", digest)
            return None
        for code in self.problems_of_note(note):
            self.add(code, digest)
        return manifest

    def overrides(self):
        told = {(data["zone"], data["serial"], data["rule"]) for _, data, _ in self.of("exception.opened")}
        for index, data, _ in self.of("gate.passed"):
            if any((data["zone"], data["serial"], rule) not in told for rule in overridden(data)):
                self.add("AUDIT-EXCEPTION", f"entry {index}")

    def ceremonies(self):
        """Each ceremony by itself: the entries from its opening to its end. What names a ceremony and lies in none is out of order."""
        spans, now = [], None
        for index, entry in self.entries:
            kind = entry["type"]
            if kind == "ceremony.opened":
                if now is not None or any(entry["data"]["ceremony"] == span[0][1]["data"]["ceremony"] for span in spans):
                    self.add("AUDIT-CEREMONY-ORDER", f"entry {index}")
                now = [(index, entry)]
                spans.append(now)
            elif kind == "session.open" and self.is_beside(index, entry, now):
                continue
            elif kind in ("session.open", "session.close", "policy.loaded", "pin.combined") + ZONE_ACTS + WORK:
                if now is not None:
                    now.append((index, entry))
            elif re.match("(ceremony|approval)[.]|(env|clock|continuity)[.]checked$", kind):
                if now is None or entry["data"]["ceremony"] != now[0][1]["data"]["ceremony"]:
                    self.add("AUDIT-CEREMONY-ORDER", f"entry {index}")
                    continue
                now.append((index, entry))
                if kind == "ceremony.ended":
                    now = None
        if now is not None:
            self.add("AUDIT-CEREMONY-OPEN")
        for span in spans:
            self.ceremony(span)
            self.kept(span)
            self.other_rules(span)
        done = [span[0] for span in spans if any(entry["type"] == "ceremony.ended" and entry["data"]["outcome"] == "done" for _, entry in span)]
        for span in spans:
            index, entry = span[0]
            digest = entry["data"]["script"]["sha256"]
            if any(at < index and held["data"]["script"]["sha256"] == digest for at, held in done):
                self.add("AUDIT-CEREMONY-SCRIPT", f"entry {index}: carried out before")

    def is_beside(self, index, entry, now):
        """A session of a ceremony that is not open. One of none is told, too, and yet ends what ran before."""
        data = entry["data"]
        name, command = data.get("ceremony"), data["command"]
        if not is_text(name) or not is_text(data.get("step")):
            if now is not None:
                self.add("AUDIT-CEREMONY-BESIDE", f"entry {index}: {command}")
        elif command != "ceremony open" and (now is None or now[0][1]["data"]["ceremony"] != name):
            self.add("AUDIT-CEREMONY-COMMAND", f"entry {index}: {command} of {name}")
        return False

    def kept(self, span):
        """The ceremony against its script: order, people, quorums, commands."""
        start, first = span[0]
        opened = first["data"]
        digest = opened["script"]["sha256"]
        octets = self.files.get(f"artifacts/{digest}")
        script = None
        if octets is not None and sha256(octets) == digest:
            try:
                script = read_script(octets)
            except NoScript as error:
                self.add("AUDIT-CEREMONY-FORM", f"entry {start}: {error}")
        rehearsed = any(at < start and data["command"] == "rehearsal keys" and entry["mode"] == "practice" for at, data, entry in self.of("session.open"))
        if rehearsed:
            self.add("AUDIT-CEREMONY-REHEARSAL", f"entry {start}")
        Kept(self, script, rehearsed, opened["ceremony"]).walk(span)

    def ceremony(self, span):
        opened = span[0][1]["data"]
        roles = {role: [name for name in names if is_text(name)] if is_list(names) else [] for role, names in opened["people"].items()}
        room, exceptions, attempts = set(), {}, defaultdict(list)
        for index, entry in span[1:]:
            kind, data = entry["type"], entry["data"]
            step = data.get("step")
            # Of each attempt: entry with which it began, its outcome, who has agreed, who has brought a share.
            tries = attempts[step] if kind in ("ceremony.step.begun", "ceremony.step.ended", "approval.given") else []
            going = [name for name, all_tries in attempts.items() if all_tries and all_tries[-1]["outcome"] is None]
            if kind == "ceremony.attendance":
                (room.add if data["act"] == "came" else room.discard)(data["person"])
            elif kind == "pin.combined":
                for name in going:
                    attempts[name][-1]["shares"] += data["holders"] if is_list(data.get("holders")) else []
            elif kind == "ceremony.handover":
                holders = roles.setdefault(data["role"], [])
                if data["from"] not in holders or data["to"] in holders:
                    self.add("AUDIT-CEREMONY-ORDER", f"entry {index}")
                roles[data["role"]] = [name for name in holders if name != data["from"]] + [data["to"]]
            elif kind == "ceremony.step.begun":
                is_over = tries and tries[-1]["outcome"] in ("done", "skipped")
                begun = tries[-1]["attempt"] if tries else 0
                if is_over or data["attempt"] != begun + 1 or set(going) - {step}:
                    self.add("AUDIT-CEREMONY-ORDER", f"entry {index}")
                tries.append({"attempt": data["attempt"], "at": index, "outcome": None, "agreed": [], "shares": [], "keys": []})
            elif kind == "ceremony.step.ended":
                outcome, before = data["outcome"], tries[-1]["outcome"] if tries else "not begun"
                if outcome == "skipped":
                    if not any(at == step for at, _ in exceptions.values()):
                        self.add("AUDIT-CEREMONY-EXCEPTION", f"entry {index}")
                    allowed = before not in ("done", "skipped")
                else:
                    allowed = before is None and outcome in ("done", "failed")
                if not allowed:
                    self.add("AUDIT-CEREMONY-ORDER", f"entry {index}")
                if not tries:
                    tries.append({"attempt": 0, "at": index, "outcome": None, "agreed": [], "shares": [], "keys": []})
                tries[-1]["outcome"] = outcome
            elif kind == "approval.given":
                self.approval(index, entry, opened, tries, roles, room)
            elif kind == "ceremony.exception":
                self.in_room(index, data, roles, room)
                if data["number"] != len(exceptions) + 1 or len(distinct(data["agreed"])) < 2:
                    self.add("AUDIT-CEREMONY-EXCEPTION", f"entry {index}")
                exceptions[data["number"]] = (step, True)
            elif kind == "ceremony.exception.closed":
                self.in_room(index, data, roles, room)
                at, is_open = exceptions.get(data["number"], (None, False))
                if not is_open or not data["agreed"]:
                    self.add("AUDIT-CEREMONY-EXCEPTION", f"entry {index}")
                exceptions[data["number"]] = (at, False)
            elif kind == "ceremony.ended":
                is_open = any(is_open for _, is_open in exceptions.values())
                if data["outcome"] != "done":
                    if is_open:
                        self.add("AUDIT-CEREMONY-FOLLOW-UP", f"entry {index}")
                    continue
                if is_open:
                    self.add("AUDIT-CEREMONY-EXCEPTION", f"entry {index}")
                if any(all_tries and all_tries[-1]["outcome"] not in ("done", "skipped") for all_tries in attempts.values()):
                    self.add("AUDIT-CEREMONY-ORDER", f"entry {index}")

    def in_room(self, index, data, roles, room):
        holders = {name for names in roles.values() for name in names}
        if not all(is_text(name) and name in holders and name in room for name in data["agreed"]):
            self.add("AUDIT-CEREMONY-EXCEPTION", f"entry {index}: from outside")

    def other_rules(self, span):
        """A configuration that took effect beside the ceremony: it goes on only with an exception."""
        sessions = {entry["session"]: data.get("ceremony") for _, data, entry in self.of("session.open")}
        changed = False
        for index, entry in span:
            kind = entry["type"]
            if kind == "policy.loaded":
                changed = changed or sessions.get(entry["session"]) != span[0][1]["data"]["ceremony"]
            elif kind == "ceremony.exception":
                changed = False
            elif changed and kind in ("ceremony.step.begun", "approval.given"):
                self.add("AUDIT-CEREMONY-EXCEPTION", f"entry {index}: other rules")
                changed = False

    def approval(self, index, entry, opened, tries, roles, room):
        data = entry["data"]
        person, by = data["person"], data["by"]
        if not tries or tries[-1]["outcome"] is not None:
            self.add("AUDIT-CEREMONY-APPROVAL", f"entry {index}")
            return
        now = tries[-1]
        is_there = person in now["shares"] if by == "share" else person in room
        if person in now["agreed"] or person not in roles.get(data["role"], []) or not is_there or by not in ("key", "share", "screen"):
            self.add("AUDIT-CEREMONY-APPROVAL", f"entry {index}")
        now["agreed"].append(person)
        if by != "key":
            return
        loaded = [policy for at, policy, _ in self.of("policy.loaded") if at < index]
        keys = loaded[-1].get("keys") if loaded else None
        vkey = keys.get(person) if isinstance(keys, dict) else None
        material = vkey.split("+", 2)[2:] if is_text(vkey) else []
        if material and material in now["keys"]:
            self.add("AUDIT-CEREMONY-APPROVAL", f"entry {index}: the key of another")
        now["keys"].append(material)
        key = parse_vkey(vkey) if is_text(vkey) else None
        note = parse_note(data["note"].encode("utf-8", "surrogatepass")) if is_text(data.get("note")) else None
        lines = [line for line in note.lines if key and (line.name, line.id) == (key.name, key.id)] if note else []
        said = {
            "ceremony": opened["ceremony"],
            "mode": entry["mode"],
            "script": opened["script"]["sha256"],
            "plan": opened["plan"],
            "step": data["step"],
            "person": person,
            "role": data["role"],
            "typed": data.get("typed", ""),
        }
        if not lines or not all(is_signed_by(key, note.text, line.signature) for line in lines):
            self.add("AUDIT-CEREMONY-STATEMENT", f"entry {index}")
            return
        begin = "coldsign ceremony statement 1\n" + "".join(f"{name}: {value}\n" for name, value in said.items())
        rest = note.text[len(begin) :] if note.text.startswith(begin) else ""
        head = re.fullmatch(f"time: [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}Z\nlog: ([^ \n]+) ({DECIMAL}) ([0-9a-f]{{64}})\n", rest)
        size = int(head[2]) if head else 0
        if not head or head[1] != self.origin or not now["at"] < size <= index or self.root(size) != head[3]:
            self.add("AUDIT-CEREMONY-STATEMENT", f"entry {index}")

    def witnessed(self):
        for index, data, _ in self.of("checkpoint.witnessed"):
            line = parse_line(data["line"].removesuffix("\n"))
            if line is None or data["size"] > index:
                self.add("AUDIT-COSIGNATURE", f"entry {index}")
                continue
            candidates = [key for key in self.witnesses if key.type == 4 and (key.name, key.id) == (line.name, line.id)]
            root = base64.b64encode(bytes.fromhex(self.root(data["size"]))).decode()
            text = f"{self.origin}\n{data['size']}\n{root}\n"
            if candidates and not any(is_signed_by(key, text, line.signature) for key in candidates):
                self.add("AUDIT-COSIGNATURE", f"entry {index}")

    def artifacts(self):
        sizes, other = defaultdict(set), set()
        for _, entry in self.entries:
            for path, reference in entry.references:
                sizes[reference["sha256"]].add(reference["size"])
                if (entry["type"], path) not in (
                    ("input.accepted", ("data", "files", "[]")),
                    ("release.intent", ("data", "release", "input", "[]")),
                ):
                    other.add(reference["sha256"])
            if entry["type"] == "release.intent":
                digest = entry["data"]["release"]["manifest"]
                sizes[digest] |= set()
                other.add(digest)
        here = {path[10:]: octets for path, octets in self.files.items() if re.fullmatch("artifacts/[0-9a-f]{64}", path)}
        for digest, octets in here.items():
            if sha256(octets) != digest:
                self.add("AUDIT-ARTIFACT-HASH", digest)
            if digest not in sizes:
                self.add("AUDIT-ARTIFACT-UNREFERENCED", digest)
            elif sizes[digest] - {len(octets)}:
                self.add("AUDIT-ARTIFACT-SIZE", digest)
        for digest in sizes.keys() - here.keys():
            if digest not in self.absent:
                self.add("AUDIT-ARTIFACT-MISSING", digest)
            else:
                self.add("AUDIT-ARTIFACT-ABSENT" if digest in other else "AUDIT-INPUT-ABSENT", digest)
        for digest, size in self.absent.items():
            fits = digest in sizes and digest not in here and (size in sizes[digest] if size is not None else not sizes[digest])
            if not fits:
                self.add("AUDIT-MANIFEST-ABSENT", digest)

    def older(self):
        old = self.old
        if isinstance(old, Unreadable):
            self.add("AUDIT-OLD", str(old))
            return
        if old.note is not None:
            if old.origin != self.origin:
                self.add("AUDIT-OLD", "origin")
            for code in self.problems_of_note(old.note):
                self.add("AUDIT-OLD-SIGNATURE", code)
        if old.size > len(self.lines):
            self.add("AUDIT-ROLLBACK")
        elif not self.root(old.size).startswith(old.root):
            self.add("AUDIT-FORK")


class Kept:
    """One ceremony and its script; without the script only that commands run in steps that are under way."""

    def __init__(self, verification, script, rehearsed, name):
        self.name = name
        self.add = lambda code, index, text="": verification.add(code, f"entry {index}: {text}")
        self.origin = verification.origin
        self.sessions = {entry["session"]: data.get("ceremony") for _, data, entry in verification.of("session.open")}
        self.script = script
        self.rehearsed = rehearsed
        self.steps = {step.id: step for step in script["steps"]} if script else {}
        # Step → its newest attempt; who holds which role; session and step of the command that runs.
        self.now, self.people, self.running = {}, {}, None
        # Index of an intent in the session of a command → the attempt.
        self.intents = {}

    def walk(self, span):
        index, entry = span[0]
        self.people = {role: set(filter(is_text, names)) if is_list(names) else set() for role, names in entry["data"]["people"].items()}
        if self.script:
            self.opening(index, entry)
        for index, entry in span[1:]:
            kind, data = entry["type"], entry["data"]
            step = data.get("step")
            state = self.now.get(step) if is_text(step) else None
            self.work(index, entry)
            if kind == "session.open":
                self.session(index, entry)
            elif kind == "session.close":
                if self.running and self.running[0] == entry["session"]:
                    self.now[self.running[1]]["ran"] = data["outcome"] == "done"
                self.running = None
            elif kind == "pin.combined":
                for other in self.now.values():
                    if other["outcome"] is None:
                        other["brought"] |= set(filter(is_text, data["holders"])) if is_list(data.get("holders")) else set()
            elif kind in CHECKS.values():
                for other in self.now.values():
                    if other["outcome"] is None and passed(kind, data):
                        other["checked"].add(kind)
            elif kind in ZONE_ACTS or kind == "policy.loaded":
                if self.running and self.running[0] == entry["session"]:
                    if self.script:
                        self.act(index, kind, data)
                elif self.sessions.get(entry["session"]) == self.name:
                    self.add("AUDIT-CEREMONY-COMMAND", index, "no command runs")
            elif kind == "ceremony.handover":
                holders = self.people.setdefault(data["role"], set())
                holders.discard(data["from"])
                holders.add(data["to"])
                self.apart(index)
            elif kind == "ceremony.step.begun":
                self.reached(index, step)
                self.now[step] = {"outcome": None, "given": [], "brought": set(), "checked": set(), "ran": False}
            elif kind == "ceremony.step.ended":
                if data["outcome"] == "skipped":
                    self.reached(index, step)
                    if step in self.steps and self.steps[step].approves:
                        self.add("AUDIT-CEREMONY-STEP", index, "the approval is left out")
                elif data["outcome"] == "done" and state and state["outcome"] is None:
                    self.done(index, step, state)
                self.now.setdefault(step, {"outcome": None, "given": [], "brought": set(), "checked": set(), "ran": False})["outcome"] = data["outcome"]
            elif kind == "approval.given" and state and state["outcome"] is None:
                self.given(index, data, state)
            elif kind == "ceremony.ended" and data["outcome"] == "done" and any(not self.is_over(name) for name in self.steps):
                self.add("AUDIT-CEREMONY-STEP", index, "steps of the script are left")

    def work(self, index, entry):
        """What is done is done, if its session did not live to close, too."""
        kind, data = entry["type"], entry["data"]
        if kind == "intent.resolved":
            attempt = self.intents.get(data["intent"])
            if attempt and attempt["outcome"] is None and data["outcome"] == "completed":
                attempt["ran"] = True
        elif self.running and self.running[0] == entry["session"]:
            step = self.steps.get(self.running[1])
            words = " ".join(step.command[:2]) if step else ""
            if kind.endswith(".intent"):
                self.intents[index] = self.now[self.running[1]]
            elif LAST_ENTRIES.get(SESSIONS_OF.get(words, words)) == kind:
                self.now[self.running[1]]["ran"] = True

    def is_over(self, step):
        return step in self.now and self.now[step]["outcome"] in ("done", "skipped")

    def opening(self, index, entry):
        script, data = self.script, entry["data"]
        is_mode = self.rehearsed or script["mode"] in ("any", entry["mode"])
        if (data["plan"], data.get("title"), self.origin) != (script["plan"], script["title"], script["origin"]) or not is_mode:
            self.add("AUDIT-CEREMONY-SCRIPT", index)
        named = {role: set(names) for role, names in script["people"].items()}
        sizes = {role: len(names) for role, names in script["people"].items()}
        if named != self.people or sizes != script["counts"] or sizes != {role: len(names) for role, names in named.items()}:
            self.add("AUDIT-CEREMONY-PEOPLE", index)
        self.apart(index)

    def apart(self, index):
        for one, two in self.script["separate"] if self.script else []:
            if self.people.get(one, set()) & self.people.get(two, set()):
                self.add("AUDIT-CEREMONY-PEOPLE", index, f"{one} and {two}")

    def reached(self, index, name):
        if not self.script:
            return
        before = [step.id for step in self.script["steps"]]
        if name not in before or not all(self.is_over(step) for step in before[: before.index(name)]):
            self.add("AUDIT-CEREMONY-STEP", index, name)

    def means(self, step):
        return "screen" if self.rehearsed else step.by

    def given(self, index, data, state):
        step = self.steps.get(data["step"])
        state["given"].append((data["person"], data["role"], data["by"]))
        if not self.script:
            return
        if step is None or step.roles is None or data["role"] not in step.roles or data["by"] != self.means(step):
            self.add("AUDIT-CEREMONY-QUORUM", index, "nobody was asked so")
        elif data.get("typed") != step.type and not (step.by == self.means(step) == "share" and "typed" not in data):
            self.add("AUDIT-CEREMONY-QUORUM", index, "typed")

    def quorum(self, index, step, state):
        counted = set()
        for role, count in step.roles.items():
            have = {person for person, of, _ in state["given"] if of == role}
            if self.means(step) == "share":
                have |= state["brought"]
            # Who has handed the role over has left its word to the other.
            have = have & self.people.get(role, set()) - counted
            counted |= have
            if len(have) < count:
                self.add("AUDIT-CEREMONY-QUORUM", index, f"{len(have)} of {count} {role}")

    def session(self, index, entry):
        self.running = None
        data = entry["data"]
        name, command = data.get("step"), data["command"]
        if not is_text(name) or not is_text(data.get("ceremony")) or command.startswith("ceremony "):
            return
        if data["ceremony"] != self.name:
            return
        state = self.now.get(name)
        if state is None or state["outcome"] is not None:
            self.add("AUDIT-CEREMONY-COMMAND", index, f"{name} is not under way")
            return
        self.running = (entry["session"], name)
        if not self.script:
            return
        step = self.steps.get(name)
        words = " ".join(step.command[:2]) if step else ""
        if SESSIONS_OF.get(words, words) != command:
            self.add("AUDIT-CEREMONY-COMMAND", index, f"{command}, not {words}")
        if step and step.roles is not None:
            self.quorum(index, step, state)

    def act(self, index, kind, data):
        step = self.steps.get(self.running[1])
        command = step.command if step else []
        if kind in ("policy.loaded", "roll.started") and "approvals" in data:
            approved = [one for one in self.script["steps"] if one.approves and self.now.get(one.id, {}).get("outcome") == "done"]
            asked = [step] if step and step.roles is not None else approved
            given = [one for name in asked for one in self.now.get(name.id, {"given": []})["given"]]
            signers = {person for person, _, by in given if by != "screen" or self.rehearsed}
            if not distinct(data["approvals"] if is_list(data["approvals"]) else []) <= distinct(signers):
                self.add("AUDIT-CEREMONY-CLAIM", index)
        words = " ".join(command[:2])
        if (SESSIONS_OF.get(words, words) != "policy apply") if kind == "policy.loaded" else (words in QUIET):
            self.add("AUDIT-CEREMONY-COMMAND", index, f"{kind} by {words}")
        if kind == "policy.loaded" or words not in OF_ZONES or {"--all", "--resume"} & set(command):
            return
        words = {bare(re.sub("^--[a-z-]+=", "", word)) for word in command[2:]}
        zone = data["zone"] if "zone" in data else (data.get("release") or data["key"])["zone"]
        tag = data["key"].get("keyTag") if kind == "key.destroy.intent" else None
        if bare(zone) not in words or (tag is not None and str(tag) not in words):
            self.add("AUDIT-CEREMONY-COMMAND", index, f"{zone} {tag}")

    def done(self, index, name, state):
        step = self.steps.get(name)
        if step is None:
            return
        # Before what ran it was asked already.
        if step.roles is not None and not state["ran"]:
            self.quorum(index, step, state)
        if step.check and step.check not in state["checked"]:
            self.add("AUDIT-CEREMONY-COMMAND", index, "no check")
        if must_write(step.command) and not state["ran"]:
            self.add("AUDIT-CEREMONY-COMMAND", index, "no session")


def distinct(items):
    return {canonical(item) for item in items}


def overridden(gate):
    return [verdict["rule"] for verdict in gate["verdicts"] if verdict["verdict"] == "overridden"]


RELEASE_LINES = [
    ("coldsign-release/1", "", False),
    ("kind", "zone|unsigned|catalog", False),
    ("zone", "[!-~]+", False),
    ("serial", "[0-9]{1,10}", False),
    ("created", "[0-9TZ:-]+", False),
    ("mode", "production|practice", False),
    ("log", "[0-9]{1,15}", False),
    ("valid-from", "none|[0-9TZ:-]+", False),
    ("valid-until", "none|[0-9TZ:-]+", False),
    ("previous", "none|[0-9]{1,10} [0-9a-f]{64}", False),
    ("preservation", "none|[0-9a-f]{64}", False),
    ("key", "[0-9]+ [0-9]+ [0-9]+", True),
    ("expect", "(?:unpublished|requested) [A-Za-z0-9+/]+={0,2}|incomplete [0-9]{1,3}|no-ds", True),
    ("judge", "[!-~]+ [!-~]+ [!-~]+", True),
    ("override", "[!-~]+", True),
    ("file", "[0-9a-f]{64} [0-9]{1,15} [A-Za-z0-9._-]+", True),
]


@lru_cache(None)
def parse_release(text):
    if not text.endswith("\n"):
        return None
    words = [(line + " ").split(" ", 1) if line == "coldsign-release/1" else line.split(" ", 1) for line in text[:-1].split("\n")]
    order = [name for name, _, _ in RELEASE_LINES]
    names = [word[0] for word in words]
    if any(len(word) != 2 or word[0] not in order for word in words) or names != sorted(names, key=order.index):
        return None
    manifest = {}
    for name, form, several in RELEASE_LINES:
        values = [word[1].removesuffix(" ") if name == order[0] else word[1] for word in words if word[0] == name]
        if any(re.fullmatch(form, value) is None for value in values) or (not several and len(values) != 1):
            return None
        manifest[name] = [tuple(value.split(" ")) for value in values] if several else values[0]
    paths = [path for _, _, path in manifest["file"]]
    return manifest if len(paths) == len(set(paths)) else None


# ---- older evidence --------------------------------------------------------------------------------------------------------------

Old = namedtuple("Old", "origin size root note")


def read_old(path):
    try:
        if not os.path.isdir(path):
            with open(path, "rb") as file:
                octets = file.read()
            if octets[257:262] != b"ustar":
                return old_of(octets, None)
        findings = Findings()
        files = read_export(path, findings)
        if "AUDIT-ARCHIVE" in findings.codes or "entries.jsonl" not in files:
            raise Unreadable("no export")
        return old_of(files.get("checkpoint"), files["entries.jsonl"].split(b"\n")[:-1])
    except Unreadable as error:
        return error


def old_of(octets, lines):
    note = parse_note(octets) if octets is not None else None
    head = parse_head(note)
    if head is None:
        raise Unreadable("no checkpoint")
    if lines is not None and (len(lines) < head.size or root_of(tuple(leaf(line) for line in lines[: head.size])).hex() != head.root):
        raise Unreadable("does not hold itself")
    return Old(head.origin, head.size, head.root, note)


def old_of_words(text, lists):
    size, *words = text.split()
    octets = bytes(lists[place % 2].index(word.lower()) for place, word in enumerate(words))
    return Old(None, int(size), octets.hex(), None)


# ---- programs --------------------------------------------------------------------------------------------------------------------


def verify_path(path, options):
    findings = Findings()
    files = read_export(path, findings)
    old = read_old(options["since"]) if options.get("since") else None
    if options.get("sinceWords"):
        old = old_of_words(options["sinceWords"], options["words"])
    return Verification(files, options, old, findings).run()


def relisted(files):
    """MANIFEST as somebody would make it who has changed the files."""
    absent = [line for line in files["MANIFEST"].split(b"\n") if line.startswith(b"absent ")]
    present = ["%s  %d  %s" % (sha256(files[path]), len(files[path]), path) for path in sorted(files) if path != "MANIFEST"]
    return "\n".join(present).encode() + b"\n" + b"".join(line + b"\n" for line in absent)


def batch():
    bases = {}
    answer = lambda findings: [findings.ok, findings.codes]
    for line in sys.stdin:
        case = json.loads(line)
        if "base" in case:
            bases[case["base"]] = {path: base64.b64decode(octets) for path, octets in case["files"].items()}
            continue
        options = case.get("options", {})
        if "flip" in case:
            result = []
            base = bases[case["flip"]]
            for at in range(len(base[case["path"]])):
                octets = bytearray(base[case["path"]])
                octets[at] ^= case["mask"]
                files = {**base, case["path"]: bytes(octets)}
                files["MANIFEST"] = relisted(files)
                result.append(answer(Verification(files, options).run()))
        elif "archive" in case:
            result = []
            with open(case["archive"], "rb") as file:
                base = file.read()
            for at in range(case["from"], case["to"]):
                octets = bytearray(base)
                octets[at] ^= case["mask"]
                findings = Findings()
                files = read_archive(bytes(octets), findings)
                result.append(answer(Verification(files, options, None, findings).run()))
        elif "yaml" in case:
            try:
                result = {"value": Yaml(case["yaml"]).read()}
            except NoScript:
                result = {}
        elif "case" in case:
            files = {path: octets for path, octets in bases[case["case"]].items() if path not in case.get("remove", [])}
            files.update({path: base64.b64decode(octets) for path, octets in case.get("set", {}).items()})
            if case.get("relist"):
                files["MANIFEST"] = relisted(files)
            result = answer(Verification(files, options).run())
        else:
            result = answer(verify_path(case["path"], options))
        print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export", nargs="?")
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("--since")
    parser.add_argument("--vkey")
    parser.add_argument("--witness", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.batch:
        batch()
        return 0
    findings = verify_path(arguments.export, {"since": arguments.since, "vkey": arguments.vkey, "witnesses": arguments.witness})
    severity = lambda code: "note" if code in NOTES else "error"
    found = [{"code": code, "severity": severity(code), "text": text} for code, text in findings.all]
    print(json.dumps({"ok": findings.ok, "findings": found}, indent=2))
    return 0 if findings.ok else 1


if __name__ == "__main__":
    sys.exit(main())

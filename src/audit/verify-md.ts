/**
 * VERIFY.md of an export: how to check it by hand, with openssl, sha256sum and the standard tools of a POSIX shell. Every command in it is run by a
 * test as it stands. `@{` stands for the dollar sign and brace of the shell, which mean something else here.
 */
export function verifyMd(): string {
  return TEXT.replaceAll('@{', '$' + '{').trimStart();
}

const TEXT = String.raw`
# How to verify this export

This folder is an audit log of coldsign. It can be verified without coldsign, without a network and without any key that is secret.

- **entries.jsonl** is the log, one entry a line. **checkpoint** and **checkpoints/** are its signed heads: origin, number of entries, root of the
  Merkle tree (RFC 6962 2.1) over the lines without their line feeds. They are signed notes (C2SP signed-note, tlog-checkpoint).
- **vkeys** has the keys of the log. **artifacts/** has what the entries name by its sha256. **MANIFEST** lists every file but itself, and what is absent.
- **verify.mjs** checks all of it and says what it proves, in one command: node verify.mjs FOLDER --vkey VKEY --since OLDER-EXPORT.
  It needs Node 18 or later and nothing else. It is a program out of this export: take it from a source that you trust, or read it first.

What follows needs no program from here: only openssl (3.0 or later), sha256sum and a POSIX shell. Run the commands in this folder, one block after the
other, in one shell. Lines that begin with "ok:" are as they must be; whatever begins with "BAD:", and every other message, is not.

## 1. The key is the right one

Compare the line in vkeys, character by character, with the one that the operator of the log has published, or with paper. Everything else hangs on it.

~~~sh
cat vkeys
head -n 1 entries.jsonl | grep -qF "\"vkey\":\"$(head -n 1 vkeys)\"" && echo 'ok: the first entry names the key' || echo 'BAD: the first entry names another key'
~~~

## 2. The files are those of MANIFEST, no more and no less

~~~sh
work=$(mktemp -d)
sed -n 's/^\([0-9a-f]\{64\}\)  [0-9]*  /\1  /p' MANIFEST | sha256sum -c --quiet && echo 'ok: files' || echo 'BAD: files'
sed -n 's/^[0-9a-f]\{64\}  [0-9]*  //p' MANIFEST | LC_ALL=C sort > "$work/listed"
find . ! -type d | sed 's|^\./||' | grep -vx MANIFEST | LC_ALL=C sort > "$work/found"
diff "$work/listed" "$work/found" && echo 'ok: nothing else' || echo 'BAD: see the lines before'
~~~

## 3. The artifacts are those that the entries name

An artifact is named by its sha256. Sources of zones may have been left out; MANIFEST lists them as absent.

~~~sh
for file in artifacts/*; do
  [ -f "$file" ] || continue
  [ "artifacts/$(sha256sum < "$file" | cut -c1-64)" = "$file" ] || echo "BAD: $file was changed"
done
tr ',{}' '\n\n\n' < entries.jsonl | sed -n -e 's/^"sha256":"\([0-9a-f]*\)"$/\1/p' -e 's/^"manifest":"\([0-9a-f]*\)"$/\1/p' | LC_ALL=C sort -u > "$work/named"
{ ls artifacts 2> /dev/null; sed -n 's/^absent \([0-9a-f]*\) .*/\1/p' MANIFEST; } | LC_ALL=C sort -u > "$work/there"
diff "$work/named" "$work/there" && echo 'ok: artifacts' || echo 'BAD: see the lines before'
~~~

## 4. The checkpoints are signed by the key

The signed octets are the text before the empty line. A signature line is a dash, the name of the key and base64: four octets that tell the key, then the
signature. A vkey is name, id and base64: one octet for the type (1 Ed25519, 2 ECDSA with SHA-256 on P-256), then the key.

~~~sh
octets() { # hexadecimal in, octets out
  rest=$1
  escaped=
  while [ -n "$rest" ]; do
    after=@{rest#??}
    number=$((0x@{rest%"$after"}))
    escaped="$escaped\\0$((number / 64))$((number / 8 % 8))$((number % 8))"
    rest=$after
  done
  printf '%b' "$escaped"
}
hex() { od -An -v -tx1 | tr -d ' \n'; }

while IFS= read -r vkey; do
  id=$(printf '%s' "$vkey" | cut -d+ -f2)
  key=$(printf '%s' "$vkey" | cut -d+ -f3- | openssl base64 -d -A | hex)
  case $key in
    01*) octets "302a300506032b6570032100@{key#01}" | openssl pkey -pubin -inform DER -out "$work/ed25519.$id" ;;
    02*) octets "@{key#02}" | openssl pkey -pubin -inform DER -out "$work/p256.$id" ;;
    *) echo "BAD: $vkey is of another type" ;;
  esac
done < vkeys

signed() { # file of a note
  sed '/^$/,$d' "$1" > "$work/text"
  sed '1,/^$/d' "$1" > "$work/lines"
  verdict="BAD: $1 is not signed by a key of vkeys"
  while read -r dash name blob; do
    printf '%s' "$blob" | openssl base64 -d -A > "$work/blob"
    id=$(od -An -v -tx1 -N4 "$work/blob" | tr -d ' \n')
    tail -c +5 "$work/blob" > "$work/signature"
    if [ -f "$work/ed25519.$id" ]; then
      openssl pkeyutl -verify -pubin -inkey "$work/ed25519.$id" -rawin -in "$work/text" -sigfile "$work/signature" > /dev/null 2>&1
    elif [ -f "$work/p256.$id" ]; then
      openssl dgst -sha256 -verify "$work/p256.$id" -signature "$work/signature" "$work/text" > /dev/null 2>&1
    else
      continue
    fi && verdict="ok: $1 is signed by $name+$id" || { verdict="BAD: $1: the signature of $name+$id is not over this text"; break; }
  done < "$work/lines"
  echo "$verdict"
}
for file in checkpoint checkpoints/*; do signed "$file"; done
~~~

## 5. The entries are those that the checkpoints seal

A leaf is sha256 of an octet 0 and the line; a node is sha256 of an octet 1 and the two hashes below it. This takes a shell about a second for 100 entries;
for a large log use verify.mjs, or any other program that knows RFC 6962 trees.

~~~sh
root() { # number of entries in, root over the first so many out
  head -n "$1" entries.jsonl | {
    stack=
    while IFS= read -r line; do
      hash=$({ printf '\000'; printf '%s' "$line"; } | sha256sum | cut -c1-64)
      size=1
      while [ "@{stack%%:*}" = "$size" ]; do
        left=@{stack%% *}
        stack=@{stack#* }
        hash=$({ printf '\001'; octets "@{left#*:}$hash"; } | sha256sum | cut -c1-64)
        size=$((size * 2))
      done
      stack="$size:$hash $stack"
    done
    hash=
    for left in $stack; do
      left=@{left#*:}
      [ -z "$hash" ] && hash=$left || hash=$({ printf '\001'; octets "$left$hash"; } | sha256sum | cut -c1-64)
    done
    echo "$hash"
  }
}
[ "$(wc -l < entries.jsonl)" -eq "$(sed -n 2p checkpoint)" ] && echo 'ok: nothing is unsealed' || echo 'BAD: number of entries'
for file in checkpoint checkpoints/*; do
  size=$(sed -n 2p "$file")
  want=$(sed -n 3p "$file" | openssl base64 -d -A | hex)
  [ "$(wc -l < entries.jsonl)" -ge "$size" ] && [ "$(root "$size")" = "$want" ] && echo "ok: $file seals the first $size entries" || echo "BAD: $file seals other entries"
done
~~~

## 6. The entries are in order

~~~sh
sed 's/.*"seq":\([0-9]*\),"session":.*/\1/' entries.jsonl | awk '$1 != NR - 1 { print "BAD: line " NR " is entry " $1; bad = 1 } END { if (!bad) print "ok: numbers" }'
sed 's/.*"time":"\([0-9TZ:-]*\)",.*/\1/' entries.jsonl | LC_ALL=C sort -c && echo 'ok: times' || echo 'BAD: times'
~~~

## 7. The releases are signed by the key

~~~sh
grep '"type":"release.intent","v":1}$' entries.jsonl | sed 's/.*"manifest":"\([0-9a-f]*\)".*/\1/' > "$work/releases"
while read -r sha256; do signed "artifacts/$sha256"; done < "$work/releases"
~~~

## 8. It is the log that you have seen before

All of the above holds for a log that somebody with the key has written anew, too. Only older evidence tells: an older export, a checkpoint from a witness, a
printed page. Put the path of the older checkpoint in place of the one below.

~~~sh
old=checkpoint
signed "$old"
want=$(sed -n 3p "$old" | openssl base64 -d -A | hex)
[ "$(root "$(sed -n 2p "$old")")" = "$want" ] && echo 'ok: the log continues the older checkpoint' || echo 'BAD: this is another log, or an older copy of it'
rm -r "$work"
~~~

A printed page tells the size, and the root in hexadecimal: it must be what "root SIZE" says.

## What this does not prove

That what was written was true when it was written; that the keys were not used outside of coldsign; what happened after the last entry.
Whether sessions, intents, gate verdicts and releases fit one another is checked by verify.mjs.
`;

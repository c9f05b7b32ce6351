# dkimpy as a peer: "verify", "sign", "arc-verify", "arc-sign" of the message on standard input (CRLF). Keys: a file of "name record" lines.
import sys
sys.path.insert(0, '/usr/lib/python3/dist-packages')
import dkim

command, keys = sys.argv[1], dict(line.rstrip('\n').split(' ', 1) for line in open(sys.argv[2]))
message = sys.stdin.buffer.read()

def ask(name, timeout=5):
    return keys.get(name.decode().rstrip('.'), '').encode() or None

def verify(index):
    try:
        return dkim.DKIM(message).verify(idx=index, dnsfunc=ask)
    except dkim.ValidationError:
        return False

if command == 'verify':
    count = message.split(b'\r\n\r\n')[0].lower().count(b'dkim-signature:')
    print(*[verify(i) for i in range(count)])
elif command == 'arc-verify':
    result, _, reason = dkim.arc_verify(message, dnsfunc=ask)
    print(result.decode(), reason)
elif command == 'sign':
    selector, domain, keyfile, algorithm, canonicalization = sys.argv[3:8]
    header, body = canonicalization.encode().split(b'/')
    signature = dkim.sign(message, selector.encode(), domain.encode(), open(keyfile, 'rb').read(), canonicalize=(header, body),
                          signature_algorithm=algorithm.encode(), include_headers=[b'from', b'to', b'subject', b'from'])
    sys.stdout.buffer.write(signature + message)
elif command == 'arc-sign':
    selector, domain, keyfile, authserv = sys.argv[3:7]
    headers = dkim.arc_sign(message, selector.encode(), domain.encode(), open(keyfile, 'rb').read(), authserv.encode())
    sys.stdout.buffer.write(b''.join(headers) + message)

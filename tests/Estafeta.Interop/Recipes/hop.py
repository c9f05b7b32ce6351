#!/usr/bin/env python3
"""A next hop with TLS and AUTH PLAIN and LOGIN, that takes everything and tells what it heard.
hop.py ADDRESS:PORT NAME CERTIFICATE wrapped|starttls [USER:PASSWORD ...]"""
import base64, socket, ssl, sys, threading

address, name, certificate, mode, *users = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)


def session(connection):
    secure, login, heard = False, None, []
    if mode == "wrapped":
        connection, secure = context.wrap_socket(connection, server_side=True), True
    stream = connection.makefile("rwb")

    def say(text):
        stream.write(text.encode() + b"\r\n")
        stream.flush()

    def ask(prompt):
        say("334 " + base64.b64encode(prompt.encode()).decode())
        return base64.b64decode(stream.readline()).decode()

    say(f"220 {name} ESMTP")
    while line := stream.readline().decode().rstrip("\r\n"):
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            extensions = ["PIPELINING", "ENHANCEDSTATUSCODES"] + ([] if secure else ["STARTTLS"]) + (["AUTH PLAIN LOGIN"] if secure and users else [])
            for extension in [name] + extensions[:-1]:
                say("250-" + extension)
            say("250 " + extensions[-1])
        elif verb == "STARTTLS":
            say("220 2.0.0 Ready")
            connection, secure = context.wrap_socket(connection, server_side=True), True
            stream = connection.makefile("rwb")
        elif verb == "AUTH":
            words = line.split(" ")
            if words[1].upper() == "PLAIN":
                _, user, password = base64.b64decode(words[2] if len(words) > 2 else ask("")).decode().split("\0")
            else:
                user, password = ask("Username:"), ask("Password:")
            login = user if f"{user}:{password}" in users else None
            print(f"AUTH {words[1]} {user} {'encrypted' if secure else 'in the clear'}", flush=True)
            say("235 2.7.0 Welcome" if login else "535 5.7.8 Bad credentials")
        elif verb == "DATA":
            say("354 Go on")
            while stream.readline() not in (b".\r\n", b""):
                pass
            print(f"{'; '.join(heard)}; login {login}, {'encrypted' if secure else 'in the clear'}", flush=True)
            heard = []
            say("250 2.0.0 Ok: kept")
        elif verb == "QUIT":
            say("221 2.0.0 Bye")
            break
        else:
            if verb in ("MAIL", "RCPT"):
                heard.append(line)
            say("250 2.1.0 Ok")
    connection.close()


def serve(connection):
    try:
        session(connection)
    except (OSError, ssl.SSLError) as trouble:
        print(f"trouble: {type(trouble).__name__}", flush=True)


host, port = address.rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=100)
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

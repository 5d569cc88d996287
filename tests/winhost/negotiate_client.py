#!/usr/bin/python3
"""negotiate_client.py - one remote command without delegation.

A client that is not ours (Debian's python3-winrm) logs on with NTLM or
Kerberos, seals its messages, runs one command and prints what it printed.
It shows what the second hop is without CredSSP, and proves the stand-in's
WS-Man from outside.

The password is read from standard input, never from the command line.
"""
import argparse
import base64
import os
import sys
import warnings

LEGACY = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "openssl-legacy.cnf")
if os.environ.get("OPENSSL_CONF") != LEGACY:
    os.environ["OPENSSL_CONF"] = LEGACY  # read when OpenSSL is loaded
    os.execv(sys.executable, [sys.executable] + sys.argv)

warnings.filterwarnings("ignore")

import requests  # noqa: E402
from winrm.protocol import Protocol  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--user", help="CORP\\alice: NTLM, the password on "
                        "standard input; without it Kerberos with the "
                        "tickets of the session")
    parser.add_argument("host", help="win1.corp.example.com, or a URL")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def run(protocol, command, arguments):
    shell = protocol.open_shell(codepage=65001)
    try:
        running = protocol.run_command(shell, command, arguments)
        try:
            return protocol.get_command_output(shell, running)
        finally:
            protocol.cleanup_command(shell, running)
    finally:
        protocol.close_shell(shell)


class KerberosAuth(requests.auth.AuthBase):
    """Negotiate with the tickets of the session, by python3-gssapi.

    What Debian's requests-kerberos lacks: sealing for pywinrm's Encryption.
    """

    def __init__(self, host):
        import gssapi
        self.raw = gssapi.raw
        name = gssapi.Name("HTTP@" + host,
                           gssapi.NameType.hostbased_service)
        self.context = gssapi.SecurityContext(
            name=name, mech=gssapi.MechType.kerberos, usage="initiate",
            flags=[gssapi.RequirementFlag.mutual_authentication,
                   gssapi.RequirementFlag.confidentiality])

    def __call__(self, request):
        if not self.context.complete:
            token = base64.b64encode(self.context.step()).decode()
            request.headers["Authorization"] = "Negotiate " + token
            request.register_hook("response", self.finish)
        return request

    def finish(self, response, **_):
        answer = response.headers.get("WWW-Authenticate", "")
        if response.status_code == 200 and not self.context.complete:
            self.context.step(base64.b64decode(answer.split(" ", 1)[1]))
        return response

    def wrap_winrm(self, _host, message):
        kinds = self.raw.IOVBufferType
        iov = self.raw.IOV((kinds.header, True, None), message,
                           (kinds.padding, True, None), std_layout=False)
        self.raw.wrap_iov(self.context, iov, confidential=True)
        return iov[1].value + (iov[2].value or b""), iov[0].value

    def unwrap_winrm(self, _host, message, signature):
        return self.context.unwrap(signature + message).message


def connect_kerberos(url, host):
    protocol = Protocol(endpoint=url, transport="plaintext", username="-",
                        password="-", message_encryption="never")
    transport = protocol.transport
    transport.session = requests.Session()
    transport.session.trust_env = False
    transport.session.headers.update(transport.default_headers)
    transport.session.auth = KerberosAuth(host)
    transport.auth_method = "kerberos"
    transport.setup_encryption()
    return protocol


def connect(host, user):
    url = host if "://" in host else "http://%s:5985/wsman" % host
    if user is None:
        return connect_kerberos(url, host)
    password = sys.stdin.readline().rstrip("\n")
    return Protocol(endpoint=url, transport="ntlm", username=user,
                    password=password, message_encryption="always")


def main():
    options = parse_arguments()
    protocol = connect(options.host, options.user)
    out, err, code = run(protocol, options.command[0], options.command[1:])
    sys.stdout.buffer.write(out)
    sys.stdout.flush()
    sys.stderr.buffer.write(err)
    sys.stderr.flush()
    return code & 0xff or int(code != 0)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS: which versions, whose certificates, and that they are read again on demand; certificates
are made by openssl.  usage: tls.py SERVER"""
import hashlib
import json
import re
import shutil
import ssl
import subprocess
import sys
import warnings

import lib

warnings.simplefilter("ignore", DeprecationWarning)  # old versions are asked for on purpose


def openssl(*words, **options):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, **options)


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-days", 30,
            "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip


def make_certificate(folder, name, authority, usage, expired=False):
    key, asked, made = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", asked, "-subj", f"/CN={name}")  # fmt: skip
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n"
                          "subjectAltName=DNS:localhost\n")  # fmt: skip
    faked = ["faketime", "2001-01-01"] if expired else []
    subprocess.run([*faked, "openssl", "x509", "-req", "-in", asked, "-CA",
                    folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key",
                    "-CAcreateserial", "-out", made, "-days", "20", "-extfile", extensions],
                   check=True, capture_output=True)  # fmt: skip


def make_all(folder):
    if not shutil.which("openssl"):
        raise lib.Skipped("openssl is not installed")
    if (folder / "server.pem").exists():
        return
    make_authority(folder, "ours")
    make_authority(folder, "theirs")
    make_certificate(folder, "server", "ours", "serverAuth")
    make_certificate(folder, "renewed", "ours", "serverAuth")
    make_certificate(folder, "sensor", "ours", "clientAuth")
    make_certificate(folder, "stranger", "theirs", "clientAuth")
    make_certificate(folder, "not_client", "ours", "serverAuth")
    if shutil.which("faketime"):
        make_certificate(folder, "expired", "ours", "clientAuth", expired=True)


def start(program, folder, **settings):
    make_all(folder)
    return lib.Server(program, certificate=folder / "server.pem", key=folder / "server.key", **settings)


def context_for(folder, client=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "ours.pem")
    if client:
        context.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    return context


def ask(server, context, octets):
    with server.connect() as plain, context.wrap_socket(plain, server_hostname="localhost") as to:
        to.sendall(octets)
        return lib.answers_of(to)


def is_refused(server, context):
    try:
        answers = ask(server, context, lib.request("/api/hello"))[0]
    except OSError:
        return True
    return answers == []


def a_page_is_served_with_strict_transport(program, folder):
    with start(program, folder) as server:
        answers, how = ask(server, context_for(folder), lib.request("/api/echo"))
        seen = json.loads(answers[0].body)
        assert how == "end", how
        assert seen["secure"] and seen["certificate"] == "", seen
        assert "max-age=" in answers[0].field("Strict-Transport-Security")
        big = ask(server, context_for(folder), lib.request("/api/stream?octets=3000000"))[0][0]
        assert len(big.body) == 3000000 and big.is_whole
        sent = lib.request("/api/octets", method="PUT", body=b"x" * 3000000)
        assert json.loads(ask(server, context_for(folder), sent)[0][0].body) == {"octets": 3000000}


def many_requests_in_one_record_are_answered(program, folder):
    octets = lib.request("/api/hello", last=False) * 40 + lib.request("/api/hello")
    with start(program, folder) as server:
        assert len(ask(server, context_for(folder), octets)[0]) == 41


def only_versions_and_ciphers_of_today_are_spoken(program, folder):
    with start(program, folder) as server:
        for version, is_spoken in ((ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
                                   (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
            context = context_for(folder)
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            assert is_refused(server, context) != is_spoken, version
        for ciphers in ("ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA"):
            context = context_for(folder)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
            assert is_refused(server, context), ciphers


def whose_certificate_is_not_ours_is_refused(program, folder):
    with start(program, folder, authority=folder / "ours.pem") as server:
        answer = ask(server, context_for(folder, "sensor"), lib.request("/api/echo"))[0][0]
        der = ssl.PEM_cert_to_DER_cert((folder / "sensor.pem").read_text())
        assert json.loads(answer.body)["certificate"] == hashlib.sha256(der).hexdigest()
        wrong = [None, "stranger", "not_client"]
        wrong += ["expired"] if (folder / "expired.pem").exists() else []
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for client in wrong:
                context = context_for(folder, client)
                context.minimum_version = context.maximum_version = version
                assert is_refused(server, context), (client, version)
        server.wait_for(tls=2 * len(wrong), told=1)


def what_is_no_tls_is_refused_and_slow_handshakes_end(program, folder):
    with start(program, folder) as server:
        with server.connect() as to:
            to.sendall(lib.request("/api/hello") + b"x" * 5000)
            octets, how = lib.read_all(to)
            assert b"HTTP" not in octets and how != "silence", (octets, how)
        with server.connect(20) as to:
            to.sendall(b"\x16\x03\x01")
            assert lib.read_all(to)[1] != "silence", "a handshake may take ten seconds"
        server.wait_for(tls=1, slow=1)


def new_files_count_from_the_next_connection_on(program, folder):
    make_all(folder)
    for end in ("pem", "key"):
        shutil.copy(folder / f"server.{end}", folder / f"used.{end}")
    context = context_for(folder)
    with lib.Server(program, certificate=folder / "used.pem", key=folder / "used.key") as server:
        with context.wrap_socket(server.connect(), server_hostname="localhost") as before:
            for end in ("pem", "key"):
                shutil.copy(folder / f"renewed.{end}", folder / f"used.{end}")
            assert server.say("reload") == "reloaded\n"
            before.sendall(lib.request("/api/hello"))
            assert [answer.status for answer in lib.answers_of(before)[0]] == [200]
            old = before.getpeercert(True)
        with context.wrap_socket(server.connect(), server_hostname="localhost") as after:
            new = after.getpeercert(True)
        assert old != new
        (folder / "used.pem").write_text("nothing")
        assert re.match(".*used.pem", server.say("reload"))
        with context.wrap_socket(server.connect(), server_hostname="localhost") as still:
            assert still.getpeercert(True) == new, "a wrong file changes nothing"


def a_stream_that_breaks_off_is_seen(program, folder):
    with start(program, folder) as server:
        octets = lib.request("/api/stream?octets=100000&break=1")
        with server.connect() as plain:
            context = context_for(folder)
            with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as to:
                to.sendall(octets)
                answers, how = lib.answers_of(to)
        assert not answers or not answers[0].is_whole
        assert how != "end", how


def a_client_that_leaves_ends_its_stream_only(program, folder):
    with start(program, folder) as server:
        for _ in range(3):
            with server.connect() as plain:
                to = context_for(folder).wrap_socket(plain, server_hostname="localhost")
                to.sendall(lib.request("/api/stream?octets=1000000000000"))
                to.recv(1000)
                to.close()
        server.wait_for(opened=3, done=3, told=3)
        assert ask(server, context_for(folder), lib.request("/api/hello"))[0][0].status == 200


if __name__ == "__main__":
    sys.exit(lib.main([
        a_page_is_served_with_strict_transport,
        many_requests_in_one_record_are_answered,
        only_versions_and_ciphers_of_today_are_spoken,
        whose_certificate_is_not_ours_is_refused,
        what_is_no_tls_is_refused_and_slow_handshakes_end,
        new_files_count_from_the_next_connection_on,
        a_stream_that_breaks_off_is_seen,
        a_client_that_leaves_ends_its_stream_only,
    ]))  # fmt: skip

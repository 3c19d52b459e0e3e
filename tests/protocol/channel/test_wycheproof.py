"""Curve, cipher and signature against Wycheproof, through the functions the channel uses.

libsodium's verdict is normative for this protocol; these tests say what it is.

* X25519: keys of low order (all of class LowOrderPublic, which are the ones whose shared secret is all
  zeros) are refused.  Keys on the twist and in non-canonical form are computed as RFC 7748 says.
* ChaCha20-Poly1305: as the file says, throughout; a nonce of other than 12 bytes is a caller's mistake.
* Ed25519: as the file says, throughout.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError, CryptoError

from protocol.channel import cipher
from protocol.channel.cipher import CipherState
from protocol.channel.noise import diffie_hellman, public_key
from protocol.errors import BadSignature, Malformed
from tests.shared_inputs import shared_path


def _groups(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    document = json.loads(shared_path("vectors", name).read_text())
    count = 0
    for group in document["testGroups"]:
        for test in group["tests"]:
            count += 1
            yield group, test
    assert count == document["numberOfTests"] > 100


def test_x25519_refuses_low_order_keys_and_computes_all_others() -> None:
    refused = set()
    for _, test in _groups("x25519_test.json"):
        private, public = bytes.fromhex(test["private"]), bytes.fromhex(test["public"])
        try:
            assert diffie_hellman(private, public).hex() == test["shared"], test["tcId"]
        except Malformed:
            refused.add(test["tcId"])
        assert (test["tcId"] in refused) == ("LowOrderPublic" in test["flags"])
        assert (test["tcId"] in refused) == ("ZeroSharedSecret" in test["flags"])
        assert not (test["tcId"] in refused and test["result"] == "valid")
    assert len(refused) == 31


@pytest.mark.parametrize("size", [0, 31, 33])
def test_x25519_takes_keys_of_32_bytes_only(size: int) -> None:
    """libsodium reads 32 bytes, whatever it is handed: a shorter key would be read past its end."""
    with pytest.raises(Malformed):
        diffie_hellman(bytes(32), bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        diffie_hellman(bytes(size), public_key(bytes(32)))
    with pytest.raises(ValueError, match="32 bytes"):
        public_key(bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        CipherState(bytes(size))


def test_chacha20_poly1305() -> None:
    by_counter = 0
    for _, test in _groups("chacha20_poly1305_test.json"):
        key, nonce, associated = (bytes.fromhex(test[name]) for name in ("key", "iv", "aad"))
        plaintext, sealed = bytes.fromhex(test["msg"]), bytes.fromhex(test["ct"] + test["tag"])
        seal, unseal = (
            cipher.crypto_aead_chacha20poly1305_ietf_encrypt,
            cipher.crypto_aead_chacha20poly1305_ietf_decrypt,
        )
        if len(nonce) != 12:
            assert "InvalidNonceSize" in test["flags"]
            with pytest.raises(TypeError):
                unseal(sealed, associated, nonce, key)
        elif test["result"] == "valid":
            assert seal(plaintext, associated, nonce, key) == sealed, test["tcId"]
            assert unseal(sealed, associated, nonce, key) == plaintext, test["tcId"]
        else:
            with pytest.raises(CryptoError):
                unseal(sealed, associated, nonce, key)
        if len(nonce) == 12 and nonce[:4] == bytes(4):  # a nonce that Noise can make
            by_counter += 1
            counter = int.from_bytes(nonce[4:], "little")
            if test["result"] == "valid":
                assert CipherState(key, counter).encrypt(plaintext, associated) == sealed
                assert CipherState(key, counter).decrypt(sealed, associated) == plaintext
            else:
                with pytest.raises(BadSignature):
                    CipherState(key, counter).decrypt(sealed, associated)
    assert by_counter > 0


def test_ed25519() -> None:
    for group, test in _groups("ed25519_test.json"):
        key = bytes.fromhex(group["publicKey"]["pk"])
        signature, message = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
        if test["result"] == "valid":
            assert crypto_sign_open(signature + message, key) == message, test["tcId"]
        else:
            with pytest.raises(BadSignatureError):
                crypto_sign_open(signature + message, key)

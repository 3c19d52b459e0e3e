"""Every byte of the transcripts made with two other implementations (C++ and JavaScript, which agree)."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from protocol.reconcile.items import Item, SortedItems
from protocol.reconcile.negentropy import Reconciler
from tests.patience import PATIENCE_S
from tests.shared_inputs import shared_path

CASES = ("empty", "one", "idlist", "equal", "clientonly", "serveronly", "mixed", "samets", "framelimit")
HARNESS = Path(__file__).resolve().parents[2] / "negentropy_harness.py"


def golden(name):
    cases = json.loads(shared_path("vectors", "negentropy-golden.json").read_text())
    return next(case for case in cases if case["case"] == name)


def two_sides(case):
    """Return the items of the client and of the server, as the vectors derive them."""
    name, shares = case["case"], case["p"]
    client, server = [], []
    for number in range(case["n"]):
        offset = int.from_bytes(sha256(f"ts:{name}:{number}".encode()).digest()[:4], "big") % case["spread"]
        item = Item(case["base"] + offset, sha256(f"{name}:{number}".encode()).digest())
        side = sha256(f"side:{name}:{number}".encode()).digest()[0] % sum(shares)
        if side < shares[0]:
            client.append(item)
        elif side < shares[0] + shares[1]:
            server.append(item)
        else:
            client.append(item)
            server.append(item)
    return client, server


def sealed(items):
    made = SortedItems()
    for item in items:
        made.insert(item)
    made.seal()
    return made


def test_no_vector_is_left_out():
    cases = json.loads(shared_path("vectors", "negentropy-golden.json").read_text())
    assert sorted(case["case"] for case in cases) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_initiator_says_what_others_say(name):
    case = golden(name)
    client, server = two_sides(case)
    initiator = Reconciler(sealed(client), case["client_limit"])
    messages = [bytes.fromhex(message) for message in case["messages"]]
    have, need = [], []
    assert initiator.initiate() == messages[0]
    for number in range(1, len(messages), 2):
        step = initiator.advance(messages[number])
        have += step.have
        need += step.need
        assert step.next == (messages[number + 1] if number + 1 < len(messages) else None)
    assert set(have) == {item.id for item in set(client) - set(server)}
    assert set(need) == {item.id for item in set(server) - set(client)}
    assert (len(set(have)), len(set(need))) == (case["have"], case["need"])


@pytest.mark.parametrize("name", CASES)
def test_the_responder_says_what_others_say(name):
    case = golden(name)
    responder = Reconciler(sealed(two_sides(case)[1]), case["server_limit"])
    messages = [bytes.fromhex(message) for message in case["messages"]]
    for number in range(0, len(messages), 2):
        assert responder.respond(messages[number]) == messages[number + 1]


class Process:
    """The harness as another implementation sees it: a child that reads and writes lines."""

    def __init__(self, items, limit):
        env = {**os.environ, "FRAMESIZELIMIT": str(limit)}
        self.child = subprocess.Popen(
            [sys.executable, str(HARNESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )
        self.child.stdin.writelines(f"item,{item.seconds},{item.id.hex()}\n" for item in items)
        self.tell("seal")

    def tell(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def ask(self, line):
        """Send a line; return the ids it has, the ids it needs, and the line that ends its answer."""
        self.tell(line)
        learnt = {"have": [], "need": []}
        while True:
            word, _, value = self.child.stdout.readline().strip().partition(",")
            if word not in learnt:
                return learnt["have"], learnt["need"], ",".join([word, value]) if value else word
            learnt[word].append(value)

    def close(self):
        self.child.stdin.close()
        self.child.stdout.close()
        return self.child.wait(timeout=PATIENCE_S)


@pytest.mark.parametrize("name", CASES)
def test_the_harness_carries_the_transcripts_between_two_processes(name):
    case = golden(name)
    client_items, server_items = two_sides(case)
    client = Process(client_items, case["client_limit"])
    server = Process(server_items, case["server_limit"])
    transcript, have, need = [], [], []
    answer = client.ask("initiate")[2]
    while answer != "done":
        transcript.append(answer.removeprefix("msg,"))
        reply = server.ask(answer)[2]
        transcript.append(reply.removeprefix("msg,"))
        more_have, more_need, answer = client.ask(reply)
        have += more_have
        need += more_need
    assert transcript == case["messages"]
    assert (len(set(have)), len(set(need))) == (case["have"], case["need"])
    assert client.close() == server.close() == 0


def test_the_harness_answers_an_unknown_version_with_its_own_and_a_fault_with_an_exit_code():
    server = Process([Item(12345, bytes(32))], 0)
    assert server.ask("msg,62aabbccddeeff")[2] == "msg,61"
    assert server.ask("msg,6100000200")[2] == "msg,6100000201" + "00" * 32
    server.tell("msg,5f")
    assert server.close() == 1

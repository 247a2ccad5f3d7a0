"""The bus against the obvious bus: random topologies, policies, joins and leaves, step by step."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import baconalgo as ba

TOPICS = ["a", "b", "c"]
SYMBOLS = ["X", "Y", "Z"]
SIZE = 8


@dataclass
class Expected:
    """What a subscription is to see."""

    topic: str | None
    policy: str
    unread: dict[str, deque[tuple[int, object]]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    lost: int = 0

    def hears(self, topic: str) -> bool:
        return self.topic in (None, topic)


class Model(RuleBasedStateMachine):
    """One bus, one thread: everything is determined but how many the slow lose."""

    def __init__(self) -> None:
        super().__init__()
        self.bus = ba.QuantumBus(ba.QuantumBusConfig(ring_buffer_size=SIZE, num_partitions=2))
        self.subs: list[tuple[ba.Subscription, Expected]] = []
        self.next = dict.fromkeys(TOPICS, 0)
        self.published = 0

    @rule(topic=st.sampled_from([*TOPICS, None]), policy=st.sampled_from(["block", "block", "drop_oldest", "conflate"]))
    def join(self, topic: str | None, policy: str) -> None:
        if len(self.subs) < 8:
            self.subs.append((self.bus.subscribe(topic, policy=policy), Expected(topic, policy)))

    @rule(which=st.integers(0, 7), by_id=st.booleans())
    def leave(self, which: int, by_id: bool) -> None:
        if which < len(self.subs):
            sub, _ = self.subs.pop(which)
            if by_id:
                assert self.bus.unsubscribe(sub.id)
            else:
                sub.close()
            assert sub.recv() is None

    @rule(topic=st.sampled_from(TOPICS), symbols=st.lists(st.sampled_from([*SYMBOLS, None]), min_size=1, max_size=5))
    def publish(self, topic: str, symbols: list[str | None]) -> None:
        for symbol in symbols:
            sequence = self.next[topic]
            payload = b"%d" % sequence if symbol is None else ba.MarketData(symbol, float(sequence), 1.0, 0)
            hearing = [expected for _, expected in self.subs if expected.hears(topic)]
            full = any(len(e.unread.get(topic, ())) >= SIZE for e in hearing if e.policy == "block")
            try:
                self.bus.publish(topic, payload, timeout=0)
                assert not full
            except ba.BackpressureError:
                assert full
                return
            self.next[topic] += 1
            self.published += 1
            for expected in hearing:
                expected.unread.setdefault(topic, deque()).append((sequence, payload))

    @rule(which=st.integers(0, 7), many=st.integers(1, 12), batched=st.booleans())
    def receive(self, which: int, many: int, batched: bool) -> None:
        if which >= len(self.subs):
            return
        sub, expected = self.subs[which]
        if expected.policy == "conflate":
            self.receive_latest(sub, expected)
        elif batched:
            batch = sub.recv_batch(many, timeout=0)
            if batch is None:
                self.nothing(sub, expected)
                return
            objects = batch.payloads if isinstance(batch.payloads, list) else ba.messages.objects(batch.payloads)
            assert 1 <= len(batch) <= many and len({type(each) for each in objects}) == 1
            for sequence, payload in zip(batch.sequences.tolist(), objects, strict=True):
                self.saw(expected, batch.topic, sequence, payload)
            assert sub.lost == expected.lost
        else:
            for _ in range(many):
                message = sub.recv(timeout=0)
                if message is None:
                    self.nothing(sub, expected)
                    return
                self.saw(expected, message.topic, message.sequence, message.payload)
                assert sub.lost == expected.lost

    def saw(self, expected: Expected, topic: str, sequence: int, payload: object) -> None:
        unread = expected.unread[topic]
        while unread[0][0] < sequence:
            assert expected.policy == "drop_oldest"
            unread.popleft()
            expected.lost += 1
        assert unread.popleft() == (sequence, payload)

    def nothing(self, sub: ba.Subscription, expected: Expected) -> None:
        left = sum(map(len, expected.unread.values()))
        assert left == sub.lost - expected.lost
        if expected.policy == "block":
            assert left == 0
        expected.unread.clear()
        expected.lost = sub.lost

    def receive_latest(self, sub: ba.Subscription, expected: Expected) -> None:
        got = list(iter(lambda: sub.recv(timeout=0), None))
        all_unread = sum(map(len, expected.unread.values()))
        assert len(got) + sub.lost - expected.lost <= all_unread
        for topic, unread in expected.unread.items():
            latest: OrderedDict[object, tuple[int, object]] = OrderedDict()
            for sequence, payload in unread:
                key = getattr(payload, "symbol", None)
                latest.pop(key, None)
                latest[key] = (sequence, payload)
            mine = [(message.sequence, message.payload) for message in got if message.topic == topic]
            if sub.lost == expected.lost:
                assert mine == list(latest.values())
            else:
                assert mine == [pair for pair in latest.values() if pair in mine]
        expected.unread.clear()
        expected.lost = sub.lost

    @invariant()
    def counts_agree(self) -> None:
        assert self.bus.get_metrics().messages_published == self.published
        assert self.bus.get_metrics().subscriptions == len(self.subs)

    def teardown(self) -> None:
        self.bus.close()
        for sub, expected in self.subs:
            if expected.policy == "block":
                for message in sub:
                    self.saw(expected, message.topic, message.sequence, message.payload)
                assert not any(expected.unread.values())
            else:
                list(sub)
            assert sub.recv() is None


TestModel = Model.TestCase
TestModel.settings = settings(stateful_step_count=60)

"""Who waits in which queue, and which agents could take a call: the switch's bookkeeping.

Each answer costs what it is about and not the size of the centre: a queue's report looks at that
queue alone, and nobody is looked at where nobody waits.
"""

from __future__ import annotations

from calldeck.acd.simulated.records import Agent, Caller, QueueReport


class Queues:
    """The waiting callers of all queues, and the reports that are due about them."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[int, Caller]] = {}
        self._told: dict[str, tuple[int, float | None]] = {}
        self._touched: set[str] = set()

    def add(self, name: str) -> None:
        """Have a queue of this name."""
        self._waiting.setdefault(name, {})
        self._told.setdefault(name, (0, None))

    def __contains__(self, name: str) -> bool:
        return name in self._waiting

    @property
    def names(self) -> list[str]:
        """All queues, in the order in which they were made."""
        return list(self._waiting)

    def put(self, caller: Caller) -> None:
        """Let a caller wait."""
        self._waiting[caller.queue][caller.place] = caller
        self._touched.add(caller.queue)

    def take(self, caller: Caller) -> None:
        """Let a caller wait no more; nothing happens where they do not."""
        if self._waiting[caller.queue].pop(caller.place, None) is not None:
            self._touched.add(caller.queue)

    def longest_first(self) -> list[Caller]:
        """All who wait, the longest waiting first."""
        waiting = [caller for queue in self._waiting.values() for caller in queue.values()]
        return sorted(waiting, key=lambda caller: caller.place)

    def report(self, name: str, at_s: float) -> QueueReport:
        """Tell the state of a queue."""
        queue = self._waiting[name]
        oldest = min((caller.arrived_s for caller in queue.values()), default=None)
        return QueueReport(at_s, name, len(queue), oldest)

    def news(self, at_s: float) -> list[QueueReport]:
        """Give the reports of the queues that are not as they were told last."""
        found = []
        for name in sorted(self._touched):
            report = self.report(name, at_s)
            state = (report.waiting, report.oldest_since_s)
            if state != self._told[name]:
                self._told[name] = state
                found.append(report)
        self._touched.clear()
        return found


class ReadyAgents:
    """The available agents, the longest idle first.

    after_s: an agent is offered a call no sooner than this after becoming available.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        # Time never goes back, so the order in which they became available is that of their times.
        self._agents: dict[str, Agent] = {}

    def add(self, agent: Agent) -> None:
        """Note that an agent has become available."""
        self._agents[agent.id] = agent

    def remove(self, agent: Agent) -> None:
        """Note that an agent is not available any more."""
        self._agents.pop(agent.id, None)

    def longest_idle(self, queue: str, now_s: float) -> Agent | None:
        """Give who serves this queue and has been available for longest."""
        for agent in self._agents.values():
            if agent.available_since_s + self._after_s > now_s:
                return None
            if queue in agent.queues:
                return agent
        return None

    def any(self, now_s: float) -> bool:
        """Tell whether anybody could be offered a call."""
        first = next(iter(self._agents.values()), None)
        return first is not None and first.available_since_s + self._after_s <= now_s

"""One article on its way through the model: what was asked, what came back, what stood the check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from kg.backends.llm.grounding import Grounder, Refusal
from kg.backends.llm.replies import Fault, Proposal, Reply, read_reply
from kg.model import Claim

if TYPE_CHECKING:
    from kg.backends.llm.client import Request
    from kg.backends.llm.passages import Passage
    from kg.backends.llm.prompt import Prompt
    from kg.model import Article

__all__ = ["Asked", "Reading", "Submit"]

Submit: TypeAlias = "Callable[[Request], Future[bytes]]"


@dataclass
class Asked:
    """One passage: the request, its reply, and the second one where something was wrong."""

    passage: Passage
    request: Request
    model: str
    first: Future[bytes] | None = None
    second: Future[bytes] | None = None
    repeated: Request | None = None
    claims: list[Claim] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    fault: Fault | None = None
    mended: int = 0

    def send(self, submit: Submit) -> None:
        """Ask."""
        self.first = submit(self.request)

    def check(self, grounder: Grounder, prompt: Prompt, submit: Submit) -> None:
        """Read the reply; where something in it does not stand, ask once more and say what."""
        if self.first is None:
            raise RuntimeError("a passage was checked before it was sent")
        reply = read_reply(self.first.result())
        self._keep(reply, grounder)
        told = [_told(refusal) for refusal in self.refusals]
        told += [f"the answer as a whole: {reply.fault}"] if reply.fault else []
        if told:
            self.repeated = prompt.again(self.request, self.model, reply.content, told)
            self.second = submit(self.repeated)

    def finish(self, grounder: Grounder) -> None:
        """Read the second reply, if there was one; what does not stand now is refused."""
        if self.second is None:
            return
        before, refused, fault = len(self.claims), self.refusals, self.fault
        self.refusals = []
        reply = read_reply(self.second.result())
        self._keep(reply, grounder)
        self.mended = len(self.claims) - before
        settled = {_pair(claim) for claim in self.claims}
        settled |= {_ends(refusal.proposal) for refusal in self.refusals}
        self.refusals += [r for r in refused if _ends(r.proposal) not in settled]
        self.fault = reply.fault if fault else None

    def _keep(self, reply: Reply, grounder: Grounder) -> None:
        self.fault = reply.fault
        for proposal in reply.proposals:
            found = grounder.ground(proposal, self.passage.wanted)
            if isinstance(found, Claim):
                if found not in self.claims:
                    self.claims.append(found)
            else:
                self.refusals.append(found)


def _told(refusal: Refusal) -> str:
    p = refusal.proposal
    return f"{p.subject or p.subject_name!r} {p.relation} {p.object or p.object_name!r}: {refusal.reason}"


def _ends(proposal: Proposal) -> tuple[str, frozenset[str]]:
    """What a proposal is about, whichever way round: one that was mended is known again by it."""
    p = proposal
    return p.relation, frozenset({p.subject or p.subject_name, p.object or p.object_name})


def _pair(claim: Claim) -> tuple[str, frozenset[str]]:
    return claim.relation, frozenset({claim.subject.quote.text, claim.object.quote.text})


@dataclass
class Reading:
    """One article: what rules made of it, what was asked, and of how many sentences."""

    article: Article
    grounder: Grounder
    sentences: int
    ruled: tuple[Claim, ...]
    asked: tuple[Asked, ...]

    @property
    def claims(self) -> list[Claim]:
        """What the model said and the article bears out."""
        return [claim for asked in self.asked for claim in asked.claims]

    @property
    def sent(self) -> int:
        """Sentences that the model was shown, each counted once."""
        return len({n for asked in self.asked for n in asked.passage.sentences})

    @property
    def judged(self) -> frozenset[int]:
        """Sentences that the model gave a usable answer on."""
        return frozenset(n for a in self.asked if a.fault is None for n in a.passage.wanted)

    @property
    def refused(self) -> Counter[str]:
        """Reason → how many proposals were refused for it, and replies that could not be used."""
        reasons = Counter(r.reason.value for a in self.asked for r in a.refusals)
        reasons.update(a.fault.value for a in self.asked if a.fault)
        return reasons

    def record(self, differences: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """For audit: which replies were read, what was refused, where rules differ."""
        passages = [
            {
                "sentences": list(a.passage.sentences),
                "wanted": sorted(a.passage.wanted),
                "replies": [r.key for r in (a.request, a.repeated) if r],
                "fault": a.fault.value if a.fault else None,
                "claims": [claim.id for claim in a.claims],
                "refused": [{"reason": r.reason.value, **_shown(r.proposal)} for r in a.refusals],
            }
            for a in self.asked
        ]
        return {"article": self.article.id, "passages": passages, "differences": list(differences)}


def _shown(proposal: Proposal) -> dict[str, Any]:
    return {name: getattr(proposal, name) for name in proposal.__dataclass_fields__}

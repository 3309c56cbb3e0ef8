"""Second factors: what somebody shows besides a password, or, with a passkey, in place of one.

Whoever has shown a password, a mailed link or a code ends in `finish_sign_in`: it opens the session, or asks for the
second factor of who has one. Nothing else in the service has to know about factors.

Who shows or changes a factor locks the account first (a passkey just before it), and then codes, seeds and sessions:
so nobody waits for somebody who waits for them.
"""

from resolvers.factors.entering import ChallengeGiven, complete_sign_in, finish_sign_in
from resolvers.factors.kinds import FactorKind, required

__all__ = ["ChallengeGiven", "FactorKind", "complete_sign_in", "finish_sign_in", "required"]

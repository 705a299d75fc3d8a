"""What a person and a data-protection officer may ask of the suite: forget someone, remove old months, keep the keys safe."""

from scrm_helpers.privacy.finding import Found, find
from scrm_helpers.privacy.forget import Certificate, forget
from scrm_helpers.privacy.prune import prune

__all__ = ["Certificate", "Found", "find", "forget", "prune"]

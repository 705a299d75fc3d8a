"""Who is the same person? Accounts of all systems become persons, with how sure that is.

`normalise.records` writes match keys; `keys` says what ties records together for certain and keeps families and offices apart;
`model` weighs the rest (Fellegi-Sunter, by Splink, no labels needed), and `settle` weighs it once more where identifiers are few;
`cluster` makes persons of pairs (`linkage`) and draws plausible maps; `expected` says what may be wrong or missed;
`registry` gives ids that stay; `golden` picks the best values; `quality` says how good it is; `review` asks a person.
`resolve.resolve` is all of it; `answers` turns it into findings.
"""

from scrm_helpers.identity.resolve import Resolution, resolve

__all__ = ["Resolution", "resolve"]

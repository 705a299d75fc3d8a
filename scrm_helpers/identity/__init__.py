"""Who is the same person? Accounts of all systems become persons, with how sure that is.

`normalise.records` writes match keys; `keys` keeps families and offices apart, and `strong` ties records together for certain;
`candidates` brings pairs worth comparing, `training` and `model` weigh them (Fellegi-Sunter, by Splink, no labels needed), and `settle`
weighs them once more where identifiers are few;
`cluster` makes persons of pairs (`linkage`) and draws plausible maps, `loosen` maps with some links less; `expected` says what may be
wrong or missed;
`registry` gives ids that stay; `golden` picks the best values; `quality` says how good it is; `review` asks a person.
`resolve.resolve` is all of it; `answers` turns it into findings.
"""

from scrm_helpers.identity.resolve import Resolution, resolve

__all__ = ["Resolution", "resolve"]

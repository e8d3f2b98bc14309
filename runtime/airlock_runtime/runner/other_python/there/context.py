"""Parts of Airflow's context that are objects: what of them is JSON, by attribute, and a reason for the rest."""

from __future__ import absolute_import, division, print_function


class ContextPart(object):
    """A task instance, a DAG run and their kin, read-only.

    :param name: what the context calls it
    :param hints: what to do in place of asking for an attribute that is not there, by its name; the rest by ""
    """

    def __init__(self, name, fields, hints):
        self.__dict__.update(fields)
        self.__dict__["_airlock"] = (name, hints)

    def __getattr__(self, attribute):
        if attribute.startswith("__"):  # Python itself asks, such as copy.copy
            raise AttributeError(attribute)
        name, hints = self.__dict__["_airlock"]
        hint = hints.get(attribute) or hints.get("")
        raise AttributeError("%s.%s is not there in another Python: %s" % (name, attribute, hint))

    def __getitem__(self, key):
        return getattr(self, "%s" % key)

    def __setattr__(self, attribute, value):
        raise AttributeError("%s is read-only in another Python" % self.__dict__["_airlock"][0])

    def __repr__(self):
        fields = sorted((key, value) for key, value in self.__dict__.items() if key != "_airlock")
        return "<%s %s>" % (self.__dict__["_airlock"][0], " ".join("%s=%r" % field for field in fields))

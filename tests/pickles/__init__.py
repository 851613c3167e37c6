"""Objects pickled before the packages were laid out anew, and what they are: they load for ever.

`*.pickle` hold them as they were then; nothing writes them again.
"""

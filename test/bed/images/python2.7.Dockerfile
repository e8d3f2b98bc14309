# What an environment copies out of python:2.7-slim, in the same places: /usr/local/bin/python2.7 and /usr/local/lib.
# The libraries that a newer Debian no longer has are there too; `ldconfig` finds them.
ARG BASE
FROM ${BASE}
RUN cp /usr/bin/python2.7 /usr/local/bin/python2.7 \
 && mkdir -p /usr/local/lib/python2.7 \
 && cp -RL /usr/lib/python2.7/. /usr/local/lib/python2.7/ \
 && cp -L /usr/lib/x86_64-linux-gnu/libssl.so.1.1 /usr/lib/x86_64-linux-gnu/libcrypto.so.1.1 \
    /usr/lib/x86_64-linux-gnu/libffi.so.7 /usr/local/lib/ \
 && ldconfig \
 && python2.7 -c 'import hashlib, ssl, ctypes, json, sqlite3'
CMD ["python2.7"]

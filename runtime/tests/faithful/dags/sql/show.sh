{% include "part.sh" %}
echo {{ ds }} {{ shout("x") }}

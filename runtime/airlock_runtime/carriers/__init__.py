"""What carries an isolated task: a container, a pod, an interpreter of a virtualenv."""

# shellcheck shell=sh
# A login shell, as JupyterLab's terminal is, gets a new PATH from /etc/profile.
PATH=/opt/notebook/bin:$PATH

# shellcheck shell=sh
# /etc/profile sets a new PATH in login shells, such as JupyterLab's terminal.
PATH=/opt/notebook/bin:$PATH

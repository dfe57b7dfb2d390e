# shellcheck shell=sh disable=SC1090
# `conda activate` and `mamba activate` are functions of the shell. PATH stays as it is: python is the notebook's.
for stack_conda in /opt/conda/etc/profile.d/conda.sh /opt/conda/etc/profile.d/mamba.sh; do
    if [ -r "$stack_conda" ]; then . "$stack_conda"; fi
done
unset stack_conda

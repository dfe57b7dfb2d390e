# shellcheck shell=sh disable=SC1090
# `conda activate` and `mamba activate` are shell functions. PATH does not change: `python` is still the notebook's.
for stack_conda in /opt/conda/etc/profile.d/conda.sh /opt/conda/etc/profile.d/mamba.sh; do
    if [ -r "$stack_conda" ]; then . "$stack_conda"; fi
done
unset stack_conda

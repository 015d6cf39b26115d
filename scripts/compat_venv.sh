#!/usr/bin/env bash
# An environment with other people's trainers, to check that their loaders take our files:
#   scripts/compat_venv.sh DIR   (then load the exported files with each trainer by hand: docs/datasets.md)
# Never the same environment as [train]: LLaMA-Factory, ms-swift and axolotl pin older transformers, trl and peft.
set -euo pipefail
venv=${1:?usage: scripts/compat_venv.sh DIR}
python3 -m venv "$venv"
pip="$venv/bin/pip"
"$pip" install -q torch==2.13.0
"$pip" install -q transformers==5.6.0 datasets==4.8.4 trl==0.24.0 peft==0.18.1 accelerate==1.11.0
"$pip" install -q llamafactory==0.9.5
# LLaMA-Factory caps datasets at 4.0.0, where ms-swift fails on renaming columns; both work with 4.8.4.
"$pip" install -q ms-swift==4.6.0 datasets==4.8.4
"$pip" install -q --no-deps axolotl==0.19.0
"$pip" install -q colorama python-dotenv pytest pytest-asyncio pytest-socket pytest-timeout hypothesis
# Built for another torch than the CPU one: importing them fails, and nothing here needs them.
"$pip" uninstall -q -y torchaudio torchvision
"$pip" install -q -e "$(dirname "$0")/.."
